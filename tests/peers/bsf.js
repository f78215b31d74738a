#!/usr/bin/env node
'use strict';
/*
 * bsf.js: a BSF of TS 29.309 on node's http2, which answers with what somebody
 * else has made, well or badly.  Events are JSON Lines on standard output.
 *
 *	--answers FILE	responses, as gpi-show -j -s shows them, by P-TID
 *	--key FILE --cert FILE --ca FILE	TLS, and of clients a certificate
 *	--http1		no HTTP/2, with TLS
 *	--unix PATH	there, without TLS; else at a port of 127.0.0.1
 *	--port N	that one
 *	--token TOKEN	401 without it
 *	--do WHAT[=N]	once to the first N (1) requests, or to all:
 *	   reverse	hold N requests, or those that come within 50 ms,
 *			then answer the last first
 *	   problem	refuse N with --code and --detail
 *	   busy		503 to N, with Retry-After: --after
 *	   never	503 to P-TID N, always
 *	   silent	no answer to N
 *	   reset	N streams
 *	   cut		N answers in their middle
 *	   drop		the connection of the Nth request, unanswered
 *	   goaway	after N answers, and close
 *	   garbage, endless, redirect, empty, same, raw	to all
 */
const fs = require('fs');
const http2 = require('http2');
const https = require('https');
const net = require('net');
const { parseArgs } = require('util');

const PATH = '/nbsp-gba/v1/push-info-retrieval';
const string = { type: 'string' };
const { values: options } = parseArgs({ options: { answers: string,
	key: string, cert: string, ca: string, http1: { type: 'boolean' },
	unix: string, port: string, token: string, do: string, code: string,
	detail: string, after: string, quiet: { type: 'boolean' } } });
const [what, count] = (options.do || '').split('=');
const answers = new Map();
const held = [];
const sockets = new Set();
let left = Number(count || 1) || count;
let asked = 0;
let answered = 0;

function say(event)
{
	fs.writeSync(1, JSON.stringify(event) + '\n');
}

/* TS 29.309 6.1.6.2.5, of what gpi-show calls by the names of gpi(5) */
function response(r, impi)
{
	return JSON.stringify({ meKeyMaterial: r.ks_naf,
	    gbaPushInfo: r.gpi.toUpperCase(),
	    ...(r.ks_int_naf ? { uiccKeyMaterial: r.ks_int_naf } : {}),
	    keyExpiryTime: new Date(1000 * r.key_lt).toISOString(),
	    gbaType: '3G_GBA', ...(impi ? { impi } : {}) });
}

function send(res, code, type, body, more = {})
{
	res.writeHead(code, { 'content-type': type, ...more });
	res.end(body);
}

function problem(res, status, detail, more)
{
	send(res, status, 'application/problem+json',
	    JSON.stringify({ title: 'title', status, detail }), more);
}

function answer(res, request)
{
	const r = answers.get(what === 'same' ? [...answers.keys()][0] :
	    request.ptId);

	if (res.destroyed || (res.stream && res.stream.destroyed))
		return;
	if (!r) {
		problem(res, 404, `no answer for ${request.ptId}`);
		return;
	}
	send(res, 200, 'application/json', response(r,
	    request.privateIdRequest && r.ue_priv_id));
	answered++;
	if (what === 'goaway' && answered === left)
		res.stream.session.close();
}

/* pour(RES): octets, as long as they are taken */
function pour(res)
{
	res.writeHead(200, { 'content-type': 'application/json' });
	const more = () => {
		while (!res.destroyed && res.write('{"a":'.repeat(1000)))
			;
	};
	res.on('drain', more).on('error', () => {});
	more();
}

const acts = {
	reverse(res, request) {
		const release = () => {
			while (held.length > 0)
				answer(...held.pop());
		};

		clearTimeout(acts.timer);
		held.push([res, request]);
		if (held.length === left)
			release();
		else
			acts.timer = setTimeout(release, 50);
	},
	garbage: (res) => send(res, 200, 'text/html', '<html>ok</html>'),
	empty: (res) => send(res, 200, 'application/json', ''),
	never: (res, request) => request.ptId === left ?
	    problem(res, 503, 'HSS away') : answer(res, request),
	redirect: (res) => problem(res, 307, 'elsewhere', { location: PATH }),
	endless: pour,
};

/* what is done to the first N, and then no more */
const firsts = {
	problem: (res) => problem(res, Number(options.code), options.detail),
	busy: (res) => problem(res, 503, 'overloaded',
	    options.after ? { 'retry-after': options.after } : {}),
	silent: () => {},
	reset: (res) => res.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
	cut(res) {
		res.writeHead(200, { 'content-type': 'application/json' });
		res.write('{"meKey');
		setTimeout(() => res.stream.close(
		    http2.constants.NGHTTP2_INTERNAL_ERROR), 20);
	},
};

function act(res, request)
{
	if (what === 'drop' && ++asked === left)
		sockets.forEach((socket) => socket.end());
	else if (acts[what])
		acts[what](res, request);
	else if (firsts[what] && left-- > 0)
		firsts[what](res, request);
	else
		answer(res, request);
}

function serve(req, res)
{
	let body = '';

	req.on('error', () => {});
	res.on('error', () => {});
	req.on('data', (chunk) => { body += chunk; });
	req.on('end', () => {
		const cert = req.socket.getPeerCertificate &&
		    req.socket.getPeerCertificate();
		if (!options.quiet)
			say({ event: 'request', version: req.httpVersion,
			    method: req.method, path: req.url,
			    type: req.headers['content-type'],
			    accept: req.headers.accept,
			    agent: req.headers['user-agent'],
			    client: cert ? cert.subjectaltname : null, body });
		if (req.url !== PATH)
			problem(res, 404, `no ${req.url}`);
		else if (options.token && req.headers.authorization !==
		    `Bearer ${options.token}`)
			problem(res, 401, 'no token');
		else
			act(res, JSON.parse(body));
	});
}

if (options.answers)
	for (const line of fs.readFileSync(options.answers, 'utf8').split('\n'))
		if (line !== '')
			answers.set(JSON.parse(line).p_tid, JSON.parse(line));

let server;
if (what === 'raw') {
	server = net.createServer((c) => {
		c.on('error', () => {});
		c.end('SSH-2.0-OpenSSH_9.2\r\n'.repeat(100));
	});
} else if (options.key) {
	const tls = { key: fs.readFileSync(options.key),
	    cert: fs.readFileSync(options.cert),
	    ca: options.ca && fs.readFileSync(options.ca),
	    requestCert: !!options.ca, rejectUnauthorized: !!options.ca };
	server = options.http1 ? https.createServer(tls, serve) :
	    http2.createSecureServer(tls, serve);
} else {
	server = http2.createServer(serve);
}
server.on('session', (session) => {
	say({ event: 'connection' });
	session.on('error', () => {});
});
server.on('connection', (socket) => sockets.add(socket));
server.on('error', (error) => {
	say({ event: 'error', message: String(error) });
	process.exit(1);
});
server.listen(options.unix || { host: '127.0.0.1',
    port: Number(options.port || 0) }, () => say({ event: 'listening',
    port: options.unix ? 0 : server.address().port }));
