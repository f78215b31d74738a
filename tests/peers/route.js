'use strict';
/*
 * route.js: what waits in the centre for somebody who receives, until it is
 * acknowledged.  A message goes to the receiver whose system_id is its number
 * without the plus, or else to the only one there is; a receipt goes to a
 * receiver with the system_id of whoever submitted.
 */
const RETRY = 100;		// ms until what failed for now goes out again
const FOR_NOW = new Set([	// SMPP 3.4 5.1.3
	0x08,			// ESME_RSYSERR
	0x14,			// ESME_RMSGQFUL
	0x58,			// ESME_RTHROTTLED
	0x64,			// ESME_RX_T_APPN
]);
const RECEIPT = 0x04;		// esm_class, 5.2.12
const UDHI = 0x40;
const STATES = {		// message_state by stat, 5.2.28 and Appendix B
	DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6,
	UNKNOWN: 7, REJECTD: 8,
};

/* concat(PDU): { ref, total, part } of 3GPP TS 23.040 9.2.3.24.1 or .8 */
function concat(pdu)
{
	const octets = pdu.short_message;

	if (!(pdu.esm_class & UDHI) || octets.length < 1)
		return null;
	const header = octets.subarray(1, 1 + octets[0]);
	for (let at = 0; at + 2 <= header.length; at += 2 + header[at + 1]) {
		const value = header.subarray(at + 2, at + 2 + header[at + 1]);
		if ((header[at] === 0x00 && value.length === 3) ||
		    (header[at] === 0x08 && value.length === 4)) {
			const [total, part] = value.subarray(-2);
			return { ref: value.subarray(0, -2).toString('hex'),
			    total, part };
		}
	}
	return null;
}

/* stamp(DATE): YYMMDDhhmm, as receipts have it */
function stamp(date)
{
	return date.toISOString().replace(/[-T:]/g, '').slice(2, 12);
}

class Router {
	/* OPTIONS of smsc.js; SAY(event); SUM.delivered counts */
	constructor(options, say, sum)
	{
		this.options = options;
		this.say = say;
		this.sum = sum;
		this.receivers = new Set();
		this.boxes = new Map();		// what waits, by whom it is for
		this.parts = new Map();		// what shuffle() holds back
	}

	enter(peer)
	{
		this.receivers.add(peer);
		this.forward_all();
	}

	leave(peer)
	{
		const mail = [...peer.unacknowledged];

		this.receivers.delete(peer);
		peer.unacknowledged.clear();
		for (const item of mail.reverse())
			this.box(item.to).unshift(item);
		this.forward_all();
	}

	/* route(PEER, PDU): what PEER submitted sets out for its receiver */
	route(peer, pdu)
	{
		const fields = { registered_delivery: 0 };

		for (const name of ['service_type', 'source_addr_ton',
		    'source_addr_npi', 'source_addr', 'dest_addr_ton',
		    'dest_addr_npi', 'destination_addr', 'esm_class',
		    'protocol_id', 'priority_flag', 'data_coding',
		    'short_message', 'message_payload'])
			if (pdu[name] !== undefined)
				fields[name] = pdu[name];
		const item = { to: pdu.destination_addr.replace(/^\+/, ''),
		    from: peer.system_id, fields };
		const place = concat(pdu);
		if (place && this.options.shuffle)
			this.shuffle(item, place);
		else
			this.post(item, place);
	}

	/* shuffle(ITEM, PLACE): once all parts came, the last goes first */
	shuffle(item, place)
	{
		const key = [item.fields.source_addr, item.to, place.ref,
		    place.total].join(' ');
		const held = this.parts.get(key) || new Map();

		this.parts.set(key, held);
		held.set(place.part, [item, place]);
		if (held.size < place.total)
			return;
		this.parts.delete(key);
		for (const part of [...held.keys()].sort((a, b) => b - a))
			this.post(...held.get(part));
	}

	post(item, place)
	{
		const box = this.box(item.to);

		box.push(item);
		if (place && place.part === 2 && this.options.duplicate)
			box.push({ ...item });
		this.forward(item.to);
	}

	/* receipt(PEER, PDU, ID): where registered_delivery asks for one */
	receipt(peer, pdu, id)
	{
		const stat = this.options['receipt-stat'];
		const good = stat === 'DELIVRD';
		const asked = pdu.registered_delivery & 0x03;
		const submitted = stamp(new Date());

		if (asked !== 1 && !(asked === 2 && !good))
			return;
		const like = this.options['receipts-like'];
		const shown = like !== 'decimal' ? id :
		    String(parseInt(id, 16)).padStart(10, '0');
		const text = Buffer.from(`id:${shown} sub:001 dlvrd:` +
		    `${good ? '001' : '000'} submit date:${submitted}` +
		    ` done date:${stamp(new Date())} stat:${stat} ` +
		    `err:${good ? '000' : '001'} text:`);
		const tlvs = { receipted_message_id: id,
		    message_state: STATES[stat] || STATES.UNKNOWN };
		setTimeout(() => this.post({ to: peer.system_id, receipt: true,
		    command: like === 'data_sm' ? like : 'deliver_sm',
		    fields: {
			source_addr_ton: pdu.dest_addr_ton,
			source_addr_npi: pdu.dest_addr_npi,
			source_addr: pdu.destination_addr,
			dest_addr_ton: pdu.source_addr_ton,
			dest_addr_npi: pdu.source_addr_npi,
			destination_addr: pdu.source_addr,
			esm_class: like === 'plain' ? 0 : RECEIPT,
			data_coding: 0,
			...(like === 'data_sm' ? {} : { short_message: text }),
			...(like === 'plain' || like === 'decimal' ? {} : tlvs),
		    } }), this.options.receipts);
	}

	box(to)
	{
		if (!this.boxes.has(to))
			this.boxes.set(to, []);
		return this.boxes.get(to);
	}

	/* whom(ITEM): the receiver it goes to, or undefined */
	whom(item)
	{
		const all = [...this.receivers];
		const named = all.find((peer) => peer.system_id === item.to);

		if (named || item.receipt)
			return named;
		const others = all.filter((p) => p.system_id !== item.from);
		if (others.length === 1)
			return others[0];
		// with receipts, the sender's own receiver waits for those
		return all.length === 1 && this.options.receipts === undefined ?
		    all[0] : undefined;
	}

	/* busy(PEER): it has not answered what it is to answer first */
	busy(peer)
	{
		return this.options['one-by-one'] &&
		    peer.unacknowledged.size > 0;
	}

	forward_all()
	{
		for (const to of [...this.boxes.keys()])
			this.forward(to);
	}

	forward(to)
	{
		const box = this.box(to);

		while (box.length > 0) {
			const peer = this.whom(box[0]);
			if (!peer || this.busy(peer))
				return;
			this.deliver(peer, box.shift());
		}
		this.boxes.delete(to);
	}

	deliver(peer, item)
	{
		peer.unacknowledged.add(item);
		const command = item.command || 'deliver_sm';
		peer.session[command]({ ...item.fields }, (answer) => {
			const status = answer.command_status;
			if (!peer.unacknowledged.delete(item))
				return;
			const octets = item.fields.short_message;
			this.say({ event: 'deliver', session: peer.id,
			    system_id: peer.system_id, receipt: !!item.receipt,
			    short_message: octets ? octets.toString('hex') : '',
			    status });
			if (FOR_NOW.has(status))
				setTimeout(() => this.post(item), RETRY);
			else if (status === 0)
				this.sum.delivered++;
			this.forward_all();
		});
	}
}

module.exports = { Router };
