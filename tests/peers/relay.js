// relay.js URL: takes HTTP/1.1 at a port of 127.0.0.1, which it prints, and asks
// the HTTP/2 server at URL, for peers that do not speak HTTP/2.
'use strict'
const http = require('http')
const http2 = require('http2')
const upstream = http2.connect(process.argv[2])
const server = http.createServer((from, to) => {
	const { host, connection, ...headers } = from.headers
	const ask = upstream.request({ ...headers, ':method': from.method,
		':path': from.url })
	ask.on('response', ({ ':status': status, ...answer }) => {
		to.writeHead(status, Object.fromEntries(Object.entries(answer)))
		ask.pipe(to)
	})
	ask.on('error', () => to.destroy())
	from.pipe(ask)
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
