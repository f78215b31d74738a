-- gpi.lua: shows GPIs (GBA Push Information, gpi(5)) in Wireshark and tshark.
--
-- It finds them in
--	UDP		a port, gpi.port; any port, where it looks like a GPI
--	TCP		that port: one after the other, with records between them
--	CoAP, HTTP	content of type application/cbor that looks like a GPI
--	SMS		a port of the user data header, gpi.sms_port
--	WAP Push	content of type application/vnd.3gpp.gba.gpi
--	Diameter	AVP 417, GBA-Push-Info
-- and opens those whose K_GPI is among gpi.k_gpi.  Each GPI has a K_GPI of its
-- own, which is a secret.  Name this file,
--
--	tshark -X lua_script:gpi.lua -o gpi.k_gpi:HEX,HEX -O gpi -r FILE
--
-- or copy it to the folder that `tshark -G folders' calls Personal Lua Plugins.

local band, bor, bxor = bit.band, bit.bor, bit.bxor
local lshift, rshift, ror = bit.lshift, bit.rshift, bit.ror

-- ---- AES-128, FIPS 197: Wireshark lends Lua none ----

local mix, last = {}, {}	-- the S-box with MixColumns, and without

local function double(a)
	return bxor(band(lshift(a, 1), 255), a > 127 and 0x1b or 0)
end

local function fill(i, s)
	local s2 = double(s)

	last[i] = lshift(s, 24)
	mix[i] = bor(lshift(s2, 24), lshift(s, 16), lshift(s, 8), bxor(s2, s))
end

-- P goes through the powers of 3, Q through their inverses; clause 5.1.1
local function fill_all()
	local p, q = 1, 1

	repeat
		local x

		p = bxor(p, double(p))
		q = bxor(q, lshift(q, 1))
		q = bxor(q, lshift(q, 2))
		q = band(bxor(q, lshift(q, 4)), 255)
		q = bxor(q, q > 127 and 9 or 0)
		x = bxor(q, lshift(q, 1), lshift(q, 2), lshift(q, 3),
		    lshift(q, 4))
		fill(p, bxor(band(bxor(x, rshift(x, 8)), 255), 0x63))
	until p == 1
	fill(0, 0x63)
end
fill_all()

local function words(block)
	return Struct.unpack(">I4I4I4I4", block)
end

local function octets(a, b, c, d)
	return Struct.pack(">i4i4i4i4", a, b, c, d)
end

-- a column after SubBytes, ShiftRows and, where T is mix, MixColumns
local function column(t, a, b, c, d)
	return bxor(t[rshift(a, 24)], ror(t[band(rshift(b, 16), 255)], 8),
	    ror(t[band(rshift(c, 8), 255)], 16), ror(t[band(d, 255)], 24))
end

local function expand(key)
	local w, rcon = { words(key) }, 1

	for i = 5, 44 do
		local t = w[i - 1]

		if i % 4 == 1 then
			t = ror(t, 24)
			t = bxor(column(last, t, t, t, t), lshift(rcon, 24))
			rcon = double(rcon)
		end
		w[i] = bxor(w[i - 4], t)
	end
	return w
end

local function encrypt(w, block)
	local a, b, c, d = words(block)

	a, b, c, d = bxor(a, w[1]), bxor(b, w[2]), bxor(c, w[3]), bxor(d, w[4])
	for i = 5, 41, 4 do
		local t = i < 41 and mix or last

		a, b, c, d = bxor(column(t, a, b, c, d), w[i]),
		    bxor(column(t, b, c, d, a), w[i + 1]),
		    bxor(column(t, c, d, a, b), w[i + 2]),
		    bxor(column(t, d, a, b, c), w[i + 3])
	end
	return octets(a, b, c, d)
end

-- ---- AEAD_AES_SIV_CMAC_256, RFC 5297 ----

local ZERO = ("\0"):rep(16)

local function pad(x)
	return (x .. "\128" .. ZERO):sub(1, 16)
end

local function xor(x, y)
	local a, b, c, d = words(x)
	local e, f, g, h = words(y)

	return octets(bxor(a, e), bxor(b, f), bxor(c, g), bxor(d, h))
end

local function dbl(x)
	local a, b, c, d = words(x)

	return octets(bor(lshift(a, 1), rshift(b, 31)),
	    bor(lshift(b, 1), rshift(c, 31)), bor(lshift(c, 1), rshift(d, 31)),
	    bxor(lshift(d, 1), rshift(a, 31) * 0x87))
end

local function siv_key(key)
	local mac = expand(key:sub(1, 16))
	local whole = dbl(encrypt(mac, ZERO))

	return { mac = mac, whole = whole, short = dbl(whole),
	    ctr = expand(key:sub(17)) }
end

local function cmac(key, s)
	local x, at = ZERO, 1

	while #s - at >= 16 do
		x = encrypt(key.mac, xor(x, s:sub(at, at + 15)))
		at = at + 16
	end
	s = s:sub(at)
	s = #s == 16 and xor(s, key.whole) or xor(pad(s), key.short)
	return encrypt(key.mac, xor(x, s))
end

local function s2v(key, ads, plain)
	local d = cmac(key, ZERO)

	for _, ad in ipairs(ads) do
		d = xor(dbl(d), cmac(key, ad))
	end
	return cmac(key, #plain < 16 and xor(dbl(d), pad(plain)) or
	    plain:sub(1, -17) .. xor(plain:sub(-16), d))
end

local function ctr(w, v, sealed)
	local a, b, c, d = words(v)
	local out = {}

	c, d = band(c, 0x7fffffff), band(d, 0x7fffffff)
	for at = 1, #sealed, 16 do
		out[#out + 1] = xor(encrypt(w, octets(a, b, c, d)),
		    pad(sealed:sub(at, at + 15)))
		d = d + 1
	end
	return table.concat(out):sub(1, #sealed)
end

-- what was sealed, or nil where its V is another
local function siv_open(key, ads, sealed, v)
	local plain = ctr(key.ctr, v, sealed)

	return s2v(key, ads, plain) == v and plain or nil
end

-- ---- CBOR, RFC 8949 ----

local UINT, BYTES, TEXT, ARRAY, MAP, TAG = 0, 2, 3, 4, 5, 6
local KIND = { [0] = "an integer", "another kind", "bytes", "text",
    "an array", "a map", "another kind", "another kind" }
local SIZE = { [24] = 1, [25] = 2, [26] = 4, [27] = 8 }
local LEAST = { [0] = 0, 24, 2^8, [4] = 2^16, [8] = 2^32 }
local ITEM_MAX = 2048

-- the head at offset AT of S; nil where S ends in it, false where it is none
local function head(s, at)
	local first = s:byte(at + 1) or 0
	local info, major = first % 32, math.floor(first / 32)
	local counted = major >= BYTES and major <= MAP
	local size = SIZE[info] or 0
	local value = info < 24 and info or 0.0

	if at + 1 + size > #s then
		return nil
	elseif info > 27 and not (info == 31 and counted) then
		return false
	end
	for i = at + 2, at + 1 + size do
		value = value * 256 + s:byte(i)
	end
	return { major = major, value = value, stop = at + 1 + size,
	    long = value < LEAST[size], indefinite = info == 31,
	    huge = counted and value > ITEM_MAX }
end

local function items_in(h)
	local n = { [ARRAY] = h.value, [MAP] = 2 * h.value, [TAG] = 1 }

	return h.indefinite and ITEM_MAX or n[h.major] or 0
end

-- where the item at AT ends; nil where S ends in it, false where it is none
local function measure(s, at, depth)
	local h, i = head(s, at), 0

	if not h or h.huge or depth > 32 then
		return h and false
	end
	at = h.stop
	while at and i < items_in(h) and
	    not (h.indefinite and s:byte(at + 1) == 0xff) do
		at = measure(s, at, depth + 1)
		i = i + 1
	end
	if at and (h.major == BYTES or h.major == TEXT) then
		at = at + h.value
	end
	return at and at + (h.indefinite and 1 or 0)
end

-- ---- what a GPI is made of ----

local gpi = Proto("gpi", "GBA Push Information")
local envelope = Proto("gpi_envelope", "GPI Envelope")
local sequence = Proto("gpi_sequence", "GPI Sequence")
local content = Proto("gpi_content", "GPI or other CBOR")
local malformed = ProtoExpert.new("gpi.malformed", "GPI is malformed",
    expert.group.MALFORMED, expert.severity.ERROR)
local closed = ProtoExpert.new("gpi.closed", "GPI is not opened",
    expert.group.DECRYPTION, expert.severity.NOTE)
gpi.experts = { malformed, closed }

local UM = { [0] = "GBA_ME", "GBA_U" }
local MODE = { [0] = "none", "integrity", "full" }
local INDICATION = { { 1, 1, "connect" }, { 2, 2, "report" },
    { 3, 3, "bootstrap" }, { 4, 4, "update-registration" },
    { 5, 255, "unassigned" }, { 256, 65535, "the application's" } }
local P = ProtoField

-- parts of fields, and what is no field
local part = {
	sqn_ak = P.bytes("gpi.autn.sqn_ak", "SQN xor AK"),
	amf = P.bytes("gpi.autn.amf", "AMF"),
	mac_a = P.bytes("gpi.autn.mac_a", "MAC-A"),
	fqdn = P.string("gpi.naf_id.fqdn", "FQDN"),
	ua = P.bytes("gpi.naf_id.ua", "Ua security protocol identifier"),
	trigger = P.none("gpi.trigger", "Trigger"),
	status = P.string("gpi.mac.status", "MAC"),
	version = P.uint8("gpi.envelope.version", "Version"),
	session = P.uint16("gpi.envelope.session", "Session Identifier"),
}

local function autn_parts(item, range)
	item:add(part.sqn_ak, range:range(0, 6))
	item:add(part.amf, range:range(6, 2))
	item:add(part.mac_a, range:range(8, 8))
end

local function naf_parts(item, range)
	item:add(part.fqdn, range:range(0, range:len() - 5))
	item:add(part.ua, range:range(range:len() - 5, 5))
end

local function app_lbl_parts(item, range)
	if range:len() == 0 then
		item:set_text("App_Lbl: empty")
	end
end

local function naf_text(v)
	return v:sub(1, -6) .. "/" .. Struct.tohex(v:sub(-5), true)
end

local function same(v)
	return v
end

-- Kind; least and most value, or length; the pattern of a string, in words
-- too; what Wireshark shows it as; SHOW, a value as Wireshark takes it, where
-- that is not its octets; PARTS.
local field = {
	ver = { UINT, 1, 1, as = P.uint8("gpi.ver", "Ver"), show = same },
	rand = { BYTES, 16, 16, as = P.bytes("gpi.rand", "RAND") },
	autn = { BYTES, 16, 16, as = P.bytes("gpi.autn", "AUTN"),
	    parts = autn_parts },
	app_lbl = { BYTES, 0, 16, as = P.bytes("gpi.app_lbl", "App_Lbl"),
	    parts = app_lbl_parts },
	um = { UINT, 0, 1, as = P.uint8("gpi.um", "U/M", base.DEC, UM),
	    show = same },
	enc = { BYTES, 1, 333, as = P.bytes("gpi.enc", "Enc_GPI (C1)") },
	trigger_mode = { UINT, 0, 2, show = same,
	    as = P.uint8("gpi.trigger.mode", "Mode", base.DEC, MODE) },
	c2 = { BYTES, 2, 9, as = P.bytes("gpi.c2", "Encrypted trigger (C2)") },
	mac = { BYTES, 16, 16, as = P.bytes("gpi.mac", "Mac_GPI") },
	naf_id = { BYTES, 6, 258, "^[a-z0-9.-]+.....$",
	    "a lower-case FQDN and 5 octets",
	    as = P.string("gpi.naf_id", "NAF_Id"), show = naf_text,
	    parts = naf_parts },
	key_lt = { UINT, 1, 2^32 - 1, show = NSTime.new,
	    as = P.absolute_time("gpi.key_lt", "Key_LT", base.UTC) },
	p_tid = { TEXT, 1, 64, "^[%w_-]+$", "letters, digits, - and _",
	    as = P.string("gpi.p_tid", "P-TID") },
	trigger_ind = { UINT, 1, 65535, show = same,
	    as = P.uint16("gpi.trigger_ind", "Trigger Indication",
	    base.RANGE_STRING, INDICATION) },
	trigger_time = { UINT, 1, 2^32 - 1, show = same,
	    as = P.uint32("gpi.trigger_time", "Trigger Time",
	    base.UNIT_STRING, { " second", " seconds" }) },
}

local function register()
	local all = {}

	for _, f in pairs(part) do
		all[#all + 1] = f
	end
	for name, f in pairs(field) do
		f.name, f.kind, f.min, f.max = name, f[1], f[2], f[3]
		f.pattern, f.words = f[4], f[5]
		all[#all + 1] = f.as
	end
	gpi.fields = all
end
register()

-- ---- taking it apart ----

-- a place to read from, and what was read: values, tree items, offsets
local function cursor(tvb)
	return { tvb = tvb, s = tvb:len() > 0 and tvb:raw() or "", at = 0,
	    value = {}, item = {}, from = {}, over = "the end" ..
	    (tvb:len() < tvb:reported_len() and " of the capture" or "") }
end

local function fault(c, tree, text, ...)
	tree:add_proto_expert_info(malformed, text:format(...))
	c.faulty = true
end

local function take_head(c, tree, name, kind)
	local h = head(c.s, c.at)

	if not h or h.major ~= kind or h.indefinite then
		return fault(c, tree, "%s: found %s, expected %s", name,
		    h == nil and c.over or not h and "no CBOR" or
		    h.major ~= kind and KIND[h.major] or "no length",
		    KIND[kind])
	elseif h.long then
		fault(c, tree, "%s: found another encoding, expected the " ..
		    "deterministic one", name)
	end
	c.at = h.stop
	return h
end

local UNIT = { [BYTES] = " octet", [TEXT] = " character" }

-- what N is a number of, as a field of KIND counts
local function unit(kind, n)
	return kind == UINT and "" or UNIT[kind] .. (n == 1 and "" or "s")
end

local function within(c, tree, f, n)
	local expected = f.min == f.max and "%.0f" or "%.0f to %.0f"

	if n >= f.min and n <= f.max then
		return true
	end
	fault(c, tree, "%s: found %.0f%s, expected " .. expected, f.name, n,
	    unit(f.kind, n), f.min, f.max)
end

local function add(c, tree, f, range, v)
	local item = f.show and tree:add(f.as, range, f.show(v)) or
	    tree:add(f.as, range)

	if f.parts then
		f.parts(item, range)
	end
	c.value[f.name], c.item[f.name] = v, item
	return true
end

local function take_number(c, tree, f)
	local from = c.at
	local h = take_head(c, tree, f.name, UINT)

	return h and within(c, tree, f, h.value) and
	    add(c, tree, f, c.tvb(from, c.at - from), h.value)
end

local function take_string(c, tree, f)
	local h = take_head(c, tree, f.name, f.kind)
	local from, v = c.at, nil

	if not h or not within(c, tree, f, h.value) then
		return
	elseif from + h.value > #c.s then
		return fault(c, tree, "%s: found %d%s and %s, expected %.0f",
		    f.name, #c.s - from, unit(f.kind, #c.s - from), c.over, h.value)
	end
	c.at = from + h.value
	v = c.s:sub(from + 1, c.at)
	if f.pattern and not v:find(f.pattern) then
		return fault(c, tree, "%s: found other characters, expected %s",
		    f.name, f.words)
	end
	return add(c, tree, f, c.tvb(from, h.value), v)
end

local TAKE = { [UINT] = take_number, [BYTES] = take_string,
    [TEXT] = take_string }
local take_other = {}		-- by name, what is no field

local function take(c, tree, name)
	local f = field[name]

	c.from[name] = c.at
	if f then
		return TAKE[f.kind](c, tree, f)
	end
	return take_other[name](c, tree)
end

-- an array of what has these names; LEAST of them must be there
local function take_array(c, tree, name, names, least)
	local h = take_head(c, tree, name, ARRAY)

	if not h then
		return
	elseif h.value < least or h.value > #names then
		return fault(c, tree, "%s: found an array of %.0f, expected " ..
		    "one of %d", name, h.value, #names)
	end
	for i = 1, h.value do
		if not take(c, tree, names[i]) then
			return
		end
	end
	return true
end

-- the same, and nothing behind it
local function take_all(c, tree, name, names, least)
	if take_array(c, tree, name, names, least) and c.at < #c.s then
		fault(c, tree, "%s: found %d octets, expected %d", name, #c.s,
		    c.at)
	end
	return not c.faulty
end

local CLEAR = { "ver", "rand", "autn", "app_lbl", "um", "enc", "trigger",
    "mac" }
local SECRET = { "naf_id", "key_lt", "p_tid" }
local TRIG = { "trigger_ind", "trigger_time" }

function take_other.trig(c, tree)
	return take_array(c, tree, "trig", TRIG, 1)
end

function take_other.trigger_body(c, tree)
	return take(c, tree, c.value.trigger_mode == 2 and "c2" or "trig")
end

function take_other.trigger(c, tree)
	local from = c.at
	local item = tree:add(part.trigger, c.tvb(from, 0))
	local good = c.s:byte(from + 1) == 0xf6

	if good then
		c.at = from + 1
		item:append_text(": null, plain GBA Push")
	else
		good = take_array(c, item, "trigger",
		    { "trigger_mode", "trigger_body" }, 2)
	end
	item:set_len(c.at - from)
	return good
end

-- ---- opening it ----

local k_gpis, misfits = {}, {}	-- of gpi.k_gpi: keys; lengths of what is none

local function unhex(digits)
	return string.char(tonumber(digits, 16))
end

local function read_keys(text)
	k_gpis, misfits = {}, {}
	for word in text:gmatch("[^%s,]+") do
		if #word == 64 and not word:find("%X") then
			k_gpis[#k_gpis + 1] = siv_key(word:gsub("..", unhex))
		else
			misfits[#misfits + 1] = #word
		end
	end
end

-- of the trigger's octets those that the MAC covers by mode, else all
local COVERED = { [0] = 2, [2] = 3 }

local function open(c)
	local v, from = c.value, c.from.trigger
	local covered = COVERED[v.trigger_mode] or c.from.mac - from
	local ads = { c.s:sub(1, c.from.enc),
	    c.s:sub(from + 1, from + covered) }

	for _, k_gpi in ipairs(k_gpis) do
		local plain = siv_open(k_gpi, ads, v.enc .. (v.c2 or ""), v.mac)

		if plain then
			return plain
		end
	end
end

local function show_status(c, text)
	c.item.mac:add(part.status, c.tvb(c.from.mac, 17), text):set_generated()
end

local function show_opened(c, plain)
	local tvb = ByteArray.new(plain, true):tvb("Opened GPI")
	local n = #c.value.enc
	local secret = cursor(tvb(0, n):tvb())

	show_status(c, "right")
	take_all(secret, c.item.enc, "secret", SECRET, 3)
	c.value.p_tid = secret.value.p_tid
	if c.value.c2 then
		local trig = cursor(tvb(n):tvb())

		take_all(trig, c.item.c2, "trig", TRIG, 1)
		c.value.trigger_ind = trig.value.trigger_ind
	end
end

local function show_closed(c, tree)
	for _, name in ipairs({ "enc", "c2" }) do
		if c.item[name] then
			c.item[name]:append_text(" [encrypted]")
		end
	end
	for _, n in ipairs(misfits) do
		tree:add_proto_expert_info(closed, ("k_gpi: found %d " ..
		    "characters, expected 64 hex digits"):format(n))
	end
	if #k_gpis > 0 then
		show_status(c, "no K_GPI given opens it")
		tree:add_proto_expert_info(closed, "no K_GPI given opens it")
	end
end

-- ---- showing it ----

local function summary(v)
	local row = v.trigger_ind and INDICATION[math.min(v.trigger_ind, 5)]
	local mode = v.trigger_mode and MODE[v.trigger_mode]

	return (v.um and ", " .. UM[v.um] or "") ..
	    (mode and ", trigger mode " .. mode or "") ..
	    (row and ", " .. (v.trigger_ind < 5 and row[3] or
	    ("%.0f"):format(v.trigger_ind)) or "") ..
	    (v.p_tid and ", P-TID " .. v.p_tid or "")
end

local function show_columns(pinfo, text)
	local protocol = tostring(pinfo.cols.protocol)

	if not protocol:find("GPI$") then
		pinfo.cols.protocol = protocol .. "/GPI"
	end
	pinfo.cols.info:append(" GPI" .. text)
end

local function show(c, tree)
	local plain = open(c)

	if plain then
		show_opened(c, plain)
	else
		show_closed(c, tree)
	end
end

-- what is malformed is shown as such, and is an error too
local function show_cbor(tvb, pinfo, root)
	local cbor = Dissector.get("cbor")

	pcall(cbor.call, cbor, tvb, pinfo, root)
	return tvb:len()
end

-- one GPI, or a record that answers one
local function dissect(tvb, pinfo, root)
	local c = cursor(tvb)
	local tree

	if math.floor((c.s:byte(1) or 0) / 32) == MAP then
		return show_cbor(tvb, pinfo, root)
	end
	tree = root:add(gpi, tvb())
	if take_all(c, tree, "gpi", CLEAR, 8) then
		show(c, tree)
	end
	if c.value.autn and c.value.um == 1 then
		c.item.autn:append_text(" (AUTN*)")
	end
	tree:append_text(summary(c.value))
	show_columns(pinfo, summary(c.value))
	return tvb:len()
end
gpi.dissector = dissect

-- ---- where it is ----

-- an array of 8, Ver 1, 16 octets of RAND and 16 of AUTN
local function begins_one(s)
	return s:find("^\x88\x01\x50" .. ("."):rep(16) .. "\x50" ..
	    ("."):rep(16)) ~= nil
end

gpi:register_heuristic("udp", function(tvb, pinfo, root)
	return begins_one(tvb:raw()) and dissect(tvb, pinfo, root) > 0
end)

function content.dissector(tvb, pinfo, root)
	return (begins_one(tvb:raw()) and gpi.dissector or show_cbor)(tvb,
	    pinfo, root)
end

-- A stream may end anywhere in an item.
function sequence.dissector(tvb, pinfo, root)
	local s, at = tvb:raw(), 0

	while at < #s do
		local stop = measure(s, at, 0)
		local cut = stop == nil or stop and stop > #s

		if cut and #s - at < ITEM_MAX and pinfo.can_desegment > 0 then
			pinfo.desegment_offset = at
			pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
			return
		end
		stop = not cut and stop or #s
		gpi.dissector(tvb(at, stop - at):tvb(), pinfo, root)
		at = stop
	end
end

function envelope.dissector(tvb, pinfo, root)
	local c = cursor(tvb)
	local tree = root:add(envelope, tvb(0, math.min(3, #c.s)))
	local version = c.s:byte(1)

	if #c.s < 4 then
		fault(c, tree, "envelope: found %d octets, expected over 3",
		    #c.s)
		return #c.s
	elseif version ~= 1 then
		fault(c, tree, "version: found %d, expected 1", version)
	end
	tree:add(part.version, tvb(0, 1))
	tree:add(part.session, tvb(1, 2))
	gpi.dissector(tvb(3):tvb(), pinfo, root)
	return #c.s
end

-- the short code of its content type is not known
envelope:register_heuristic("wsp", function(tvb, pinfo, root)
	return begins_one(tvb:raw():sub(4)) and
	    envelope.dissector(tvb, pinfo, root) > 0
end)

-- ---- preferences ----

gpi.prefs.port = Pref.range("UDP and TCP ports", "7100",
    "Ports where GPIs are", 65535)
gpi.prefs.sms_port = Pref.range("SMS ports", "16223",
    "Application ports of short messages where GPIs are", 65535)
gpi.prefs.k_gpi = Pref.string("K_GPI", "",
    "Keys to open GPIs with: 64 hex digits each, commas between them")

local FIXED = { { "diameter.3gpp", 417, gpi },
    { "media_type", "application/cbor", content },
    { "media_type", "application/vnd.3gpp.gba.gpi", envelope } }
local PORTS = { { "udp.port", "port", gpi }, { "tcp.port", "port", sequence },
    { "gsm_sms.udh.port", "sms_port", gpi },
    { "gsm_sms_ud.udh.port", "sms_port", gpi } }

for _, row in ipairs(FIXED) do
	DissectorTable.get(row[1]):add(row[2], row[3])
end

local function prefer()
	for _, row in ipairs(PORTS) do
		local ports = DissectorTable.get(row[1])

		if row.listens then
			ports:remove(row.listens, row[3])
		end
		row.listens = gpi.prefs[row[2]]
		ports:add(row.listens, row[3])
	end
	read_keys(gpi.prefs.k_gpi)
end
gpi.prefs_changed = prefer
prefer()
