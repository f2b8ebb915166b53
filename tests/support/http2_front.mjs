// http2_front.mjs PORT DIRECTORY: HTTP/2 over TLS, and nothing else, in front of the server on that port of 127.0.0.1, until
// standard input ends.
//
// Prints its own port. A request reaches the server with its stream's number and that of its connection, from 1, in the
// headers x-stream and x-connection. The certificate is DIRECTORY/certificate.pem, made anew, for localhost only.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';

const [port, directory] = process.argv.slice(2);
const certificate = `${directory}/certificate.pem`, key = `${directory}/key.pem`;
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '1',
                         '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-out', certificate,
                         '-keyout', key], { stdio: 'ignore' });

const agent = new http.Agent({ keepAlive: true });
const front = http2.createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key), allowHTTP1: false });
const numbers = new Map();
front.on('session', session => numbers.set(session, numbers.size + 1));
front.on('stream', (stream, headers) => {
  const ordinary = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  const request = http.request({
    host: '127.0.0.1', port, agent, method: headers[':method'], path: headers[':path'],
    headers: { ...Object.fromEntries(ordinary), 'x-stream': stream.id, 'x-connection': numbers.get(stream.session) },
  }, reply => {
    stream.respond({ ':status': reply.statusCode, 'content-type': reply.headers['content-type'] });
    reply.pipe(stream);
  });
  request.on('error', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  stream.on('error', () => request.destroy());
  stream.pipe(request);
});
front.listen(0, '127.0.0.1', () => console.log(front.address().port));
process.stdin.on('end', () => process.exit()).resume();
