'use strict';
/*
 * smsc.js: a short message centre for the tests, on npm smpp.  The port it
 * listens on, at 127.0.0.1, is the first line of its stdout; then every event
 * is a line of JSON, and at SIGTERM a summary is the last one.  A status of
 * null means that the request was left without an answer.
 */
const fs = require('fs');
const { parseArgs } = require('util');
const smpp = require('smpp');
const { Router } = require('./route');

const number = { type: 'string', default: '0' };
const flag = { type: 'boolean', default: false };
const OPTIONS = {
	'port': number,		// 0: whichever is free
	'quiet': flag,		// only the port and the summary

	'key': { type: 'string' },	// TLS: files of its private key, and
	'cert': { type: 'string' },	// certificate
	'password': { type: 'string' },		// else ESME_RINVPASWD
	'system-type': { type: 'string' },	// else ESME_RINVSYSTYP
	'no-transceiver': flag,		// ESME_RINVCMDID
	'no-validity': flag,		// ESME_RINVEXPIRY where there is one
	'refuse-bind': { type: 'string' },	// with this status, by name
	'mute': flag,		// accept the connection, then never answer
	'enquire': number,	// send enquire_link each so many ms

	'throttle': number,	// every Nth submit is ESME_RTHROTTLED
	'throttle-first': number,	// or the first N are
	'reject': { type: 'string', multiple: true, default: [] },
				// ESME_RINVDSTADR for this number
	'close-after': number,	// drop the connection at the Nth submit, once
	'mute-submit': flag,	// answer all but submits
	'delay': number,	// answer a submit or unbind after so many ms

	'receipts': { type: 'string' },	// delivery receipts, after so many ms
	'receipts-like': { type: 'string' },	// decimal: of ids in hex;
				// plain: esm_class 0, text alone; data_sm
	'receipt-stat': { type: 'string', default: 'DELIVRD' },
	'route': flag,		// deliver what is submitted, see route.js
	'shuffle': flag,	// last part of a message first
	'duplicate': flag,	// second part of a message twice
	'one-by-one': flag,	// deliver the next when the last is answered
};
const options = read_options();
const sum = { event: 'summary', submits: 0, accepted: 0, distinct: 0,
	delivered: 0,		// and acknowledged, receipts too
	pending: 0 };		// most submits of one peer without an answer
const seen = new Set();		// destination and payload of each accepted
const router = new Router(options, say, sum);
let lines = [];
let sessions = 0;

function read_options()
{
	let values;

	try {
		({ values } = parseArgs({ options: OPTIONS }));
	} catch (error) {
		usage(error.message);
	}
	for (const name in values)
		if (OPTIONS[name] === number || name === 'receipts')
			values[name] = whole_number(name, values[name]);
	values.reject = new Set(values.reject.map(digits));
	if (values['refuse-bind'] !== undefined)
		values['refuse-bind'] = status_of(values['refuse-bind']);
	return values;
}

function whole_number(name, text)
{
	if (!/^[0-9]{1,9}$/.test(text))
		usage(`--${name}: found "${text}", expected a number`);
	return Number(text);
}

function status_of(text)
{
	const status = smpp.errors[text];

	if (!status && !/^(0x[0-9a-f]+|[1-9][0-9]*)$/i.test(text))
		usage(`--refuse-bind: found "${text}", expected a status`);
	return status || Number(text);
}

function usage(why)
{
	process.stderr.write(`smsc.js: ${why}\n`);
	process.exit(2);
}

/* digits(NUMBER): without the plus, as system_id of its receiver */
function digits(text)
{
	return text.replace(/^\+/, '');
}

// ---- what it says ----

function say(event)
{
	if (options.quiet)
		return;
	if (lines.length === 0)
		setImmediate(flush);
	lines.push(JSON.stringify(event) + '\n');
}

function flush()
{
	if (lines.length > 0)
		process.stdout.write(lines.join(''));
	lines = [];
}

function finish()
{
	flush();
	sum.distinct = seen.size;
	process.stdout.write(JSON.stringify(sum) + '\n', () => process.exit(0));
}

// ---- what it answers ----

const BINDS = {		// may it send, may it receive?
	bind_transmitter: [true, false],
	bind_receiver: [false, true],
	bind_transceiver: [true, true],
};

const ANSWERS = {
	bind_transmitter: bind,
	bind_receiver: bind,
	bind_transceiver: bind,
	submit_sm: submit,
	enquire_link: enquire_link,
	unbind: unbind,
};

function answer(peer, pdu, fields)
{
	return peer.session.send(pdu.response(fields));
}

function judge_bind(peer, pdu)
{
	if (peer.type)
		return smpp.ESME_RALYBND;
	if (options['refuse-bind'])
		return options['refuse-bind'];
	if (options.password !== undefined && pdu.password !== options.password)
		return smpp.ESME_RINVPASWD;
	if (options['system-type'] !== undefined &&
	    pdu.system_type !== options['system-type'])
		return smpp.ESME_RINVSYSTYP;
	if (options['no-transceiver'] && pdu.command === 'bind_transceiver')
		return smpp.ESME_RINVCMDID;
	return smpp.ESME_ROK;
}

function bind(peer, pdu)
{
	const status = options.mute ? null : judge_bind(peer, pdu);

	say({ event: 'bind', session: peer.id, type: pdu.command,
	    system_id: pdu.system_id, system_type: pdu.system_type,
	    interface_version: pdu.interface_version, addr_ton: pdu.addr_ton,
	    addr_npi: pdu.addr_npi, address_range: pdu.address_range,
	    status });
	if (status === null)
		return;
	answer(peer, pdu, { command_status: status, system_id: 'smsc',
	    sc_interface_version: 0x34 });
	if (status !== smpp.ESME_ROK) {
		peer.session.close();
		return;
	}
	peer.type = pdu.command;
	peer.system_id = pdu.system_id;
	[peer.sends, peer.receives] = BINDS[pdu.command];
	if (options.enquire)
		peer.timer = setInterval(enquire, options.enquire, peer);
	if (peer.receives)
		router.enter(peer);
}

function judge_submit(peer, pdu)
{
	if (!peer.sends)
		return smpp.ESME_RINVBNDSTS;
	if (pdu.short_message === undefined)
		return smpp.ESME_RINVCMDLEN;	// cut short
	if (options['no-validity'] && pdu.validity_period)
		return smpp.ESME_RINVEXPIRY;
	if (options.reject.has(digits(pdu.destination_addr)))
		return smpp.ESME_RINVDSTADR;
	if (sum.submits <= options['throttle-first'] ||
	    (options.throttle && sum.submits % options.throttle === 0))
		return smpp.ESME_RTHROTTLED;
	return smpp.ESME_ROK;
}

function submit(peer, pdu)
{
	sum.submits++;
	sum.pending = Math.max(sum.pending, ++peer.waiting);
	if (sum.submits === options['close-after']) {
		answer_submit(peer, pdu, null);
		peer.session.destroy();
		return;
	}
	if (options.mute || options['mute-submit']) {
		answer_submit(peer, pdu, null);
		return;
	}
	const status = judge_submit(peer, pdu);
	if (options.delay)
		setTimeout(answer_submit, options.delay, peer, pdu, status);
	else
		answer_submit(peer, pdu, status);
}

function answer_submit(peer, pdu, verdict)
{
	const message_id = verdict === 0 ? new_id() : undefined;
	const status = verdict !== null && answer(peer, pdu,
	    { command_status: verdict, message_id }) ? verdict : null;

	say({ event: 'submit', session: peer.id,
	    sequence_number: pdu.sequence_number, ...shown(pdu), status,
	    message_id: status === 0 ? message_id : undefined });
	if (status !== null)
		peer.waiting--;
	if (status !== 0)
		return;
	sum.accepted++;
	seen.add(digits(pdu.destination_addr) + ' ' + payload(pdu));
	if (options.route)
		router.route(peer, pdu);
	if (options.receipts !== undefined)
		router.receipt(peer, pdu, message_id);
}

/* new_id(): in hex it is upper case, with zeros */
function new_id()
{
	const id = sum.accepted + 1;

	return options['receipts-like'] !== 'decimal' ? String(id) :
	    (0xabc0 + id).toString(16).toUpperCase().padStart(8, '0');
}

function shown(pdu)
{
	const names = ['service_type', 'source_addr_ton', 'source_addr_npi',
	    'source_addr', 'dest_addr_ton', 'dest_addr_npi',
	    'destination_addr', 'esm_class', 'protocol_id', 'priority_flag',
	    'schedule_delivery_time', 'validity_period',
	    'registered_delivery', 'replace_if_present_flag', 'data_coding'];
	const fields = {};

	for (const name of names)
		fields[name] = pdu[name];
	fields.short_message = hex(pdu.short_message);
	if (pdu.message_payload)
		fields.message_payload = hex(pdu.message_payload);
	return fields;
}

function payload(pdu)
{
	return hex(pdu.short_message) + hex(pdu.message_payload);
}

function hex(octets)
{
	return octets ? octets.toString('hex') : '';
}

function enquire_link(peer, pdu)
{
	say({ event: 'enquire_link', session: peer.id });
	if (!options.mute)
		answer(peer, pdu);
}

function enquire(peer)
{
	peer.session.enquire_link({}, () =>
	    say({ event: 'enquire_link_resp', session: peer.id }));
}

function unbind(peer, pdu)
{
	say({ event: 'unbind', session: peer.id });
	if (options.mute)
		return;
	setTimeout(() => {
		if (peer.closed)
			return;
		peer.unbound = true;
		answer(peer, pdu);
		peer.session.close();
	}, options.delay);
}

function refuse(peer, pdu)
{
	say({ event: 'unexpected', session: peer.id, command: pdu.command,
	    command_id: pdu.command_id });
	if (!options.mute)
		peer.session.send(new smpp.PDU('generic_nack', {
		    command_status: smpp.ESME_RINVCMDID,
		    sequence_number: pdu.sequence_number }));
}

// ---- connections ----

function serve(session)
{
	const peer = { session, id: ++sessions, type: null, waiting: 0,
	    unacknowledged: new Set() };

	session.socket.setNoDelay(true);
	session.on('pdu', (pdu) => {
		if (!pdu.isResponse())
			(ANSWERS[pdu.command] || refuse)(peer, pdu);
	});
	session.on('error', (error) => {
		say({ event: 'error', session: peer.id, why: error.message });
		session.destroy();
	});
	session.on('close', () => {
		clearInterval(peer.timer);
		router.leave(peer);
		peer.closed = true;
		say({ event: 'close', session: peer.id,
		    unbound: !!peer.unbound });
	});
}

/* What npm smpp makes of texts, headers and times is not what was sent. */
function take_octets_as_they_are()
{
	for (const { params } of [smpp.commands.submit_sm,
	    smpp.commands.deliver_sm])
		for (const name in params)
			delete params[name].filter;
	delete smpp.tlvs.message_payload.filter;
}

/* npm smpp waits for ever where a PDU claims to be shorter than its header. */
function refuse_short_lengths()
{
	const read = smpp.PDU.commandLength;

	smpp.PDU.commandLength = (stream) => {
		const length = read(stream);
		if (length !== false && length < 16)
			throw Error(`command_length ${length}`);
		return length;
	};
}

take_octets_as_they_are();
refuse_short_lengths();
process.on('SIGTERM', finish);
process.on('SIGINT', finish);
process.stdout.on('error', () => process.exit(1));
const secret = options.key === undefined ? {} : {
	key: fs.readFileSync(options.key), cert: fs.readFileSync(options.cert) };
const server = smpp.createServer(secret, serve);
server.on('tlsClientError', (error) => say({ event: 'tls', why: error.code }));
server.on('error', (error) => usage(error.message));
server.listen(options.port, '127.0.0.1', () =>
    process.stdout.write(`${server.address().port}\n`));
