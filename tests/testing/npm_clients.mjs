// npm_clients.mjs FAKE_EMBEDDING_SERVER: what Ollama's and OpenAI's own clients make of the fake server's dialects.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Ollama } from 'ollama';
import OpenAI from 'openai';

const program = process.argv[2];
const dimension = 8;
const model = 'fake-embed';
const tooLong = 'word '.repeat(513);
const muchTooLong = 'word '.repeat(1025);

/** Starts the server, calls `use` with its URL, and ends it. */
async function withServer(dialect, use, ...options) {
  const server = spawn(program, ['--dialect', dialect, '--dimension', dimension, ...options],
                       { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [url] = await once(createInterface(server.stdout), 'line');
    await use(url);
  } finally {
    server.kill();
  }
}

/** fake_vector(), from its description. */
function fakeVector(text) {
  const wrap = value => BigInt.asUintN(64, value);
  let state = 14695981039346656037n;
  for (const byte of Buffer.from(text)) state = wrap((state ^ BigInt(byte)) * 1099511628211n);
  const vector = Array.from({ length: dimension }, () => {
    state = wrap(state + 0x9e3779b97f4a7c15n);
    let value = wrap((state ^ state >> 30n) * 0xbf58476d1ce4e5b9n);
    value = wrap((value ^ value >> 27n) * 0x94d049bb133111ebn);
    return Number((value ^ value >> 31n) >> 40n | 1n) / 2 ** 23 - 1;
  });
  const norm = Math.hypot(...vector);
  return vector.map(component => component / norm);
}

function near(vector, wanted, what) {
  assert.equal(vector.length, wanted.length, what);
  vector.forEach((component, i) => assert.ok(Math.abs(component - wanted[i]) < 1e-6, `${what}: ${vector}`));
}

async function checkOllama(url) {
  const client = new Ollama({ host: url });
  const texts = ['a printer', 'an invoice', ''];
  const { embeddings, prompt_eval_count } = await client.embed({ model, input: texts, truncate: false, keep_alive: '5m' });
  assert.equal(embeddings.length, texts.length);
  texts.forEach((text, i) => near(embeddings[i], fakeVector(text), text));
  assert.equal(prompt_eval_count, 4);
  assert.deepEqual((await client.embed({ model, input: [] })).embeddings, []);
  assert.equal((await client.embed({ model, input: 'one', dimensions: 3 })).embeddings[0].length, 3);
  assert.equal((await client.embed({ model, input: tooLong })).embeddings.length, 1);
  await assert.rejects(client.embed({ model, input: ['one', tooLong], truncate: false }),
                       { name: 'ResponseError', status_code: 400, error: 'the input length exceeds the context length' });
  await assert.rejects(client.embed({ model: 'other', input: 'one' }),
                       { name: 'ResponseError', status_code: 404, error: "model 'other' not found" });
  near((await client.embeddings({ model, prompt: 'one' })).embedding, fakeVector('one').map(x => 12 * x), 'legacy');
  assert.equal((await client.list()).models[0].name, `${model}:latest`);
  const shown = await client.show({ model });
  const info = new Map(Object.entries(shown.model_info));
  assert.equal(info.get(`${info.get('general.architecture')}.embedding_length`), dimension);
  assert.equal((await client.version()).version, '0.13.0');
}

async function checkLegacyOllama(url) {
  const client = new Ollama({ host: url });
  await assert.rejects(client.embed({ model, input: 'one' }), { name: 'ResponseError', status_code: 404 });
  assert.equal((await client.embeddings({ model, prompt: 'one' })).embedding.length, dimension);
}

/** What all servers of /v1/embeddings have in common. */
async function checkVectors(client, dialect) {
  const input = ['a printer', 'an invoice'];
  for (const encoding_format of [undefined, 'float', 'base64']) {
    const { data, usage, model: named } = await client.embeddings.create({ model, input, encoding_format });
    assert.equal(named, model, dialect);
    assert.equal(usage.total_tokens, 4, dialect);
    data.forEach(({ embedding, index }, i) => {
      assert.equal(index, i);
      const floats = typeof embedding === 'string'
        ? new Float32Array(new Uint8Array(Buffer.from(embedding, 'base64')).buffer) : embedding;
      near(Array.from(floats), fakeVector(input[i]), `${dialect}, ${encoding_format}`);
    });
  }
}

async function rejects(client, request, type, properties) {
  await assert.rejects(client.embeddings.create({ model, ...request }), error => {
    assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
    for (const [name, value] of Object.entries(properties)) {
      if (value instanceof RegExp) assert.match(error[name], value);
      else assert.equal(error[name], value, name);
    }
    return true;
  });
}

const clientOf = (url, options) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'secret', maxRetries: 0, ...options });

/** Of each dialect: the refusal of a text that is too long, as the client reads it. */
const refusals = {
  'openai': [tooLong, OpenAI.BadRequestError, { type: 'invalid_request_error', message: /maximum context length is 512/ }],
  'ollama': [undefined],
  'llama-server': [muchTooLong, OpenAI.InternalServerError, { type: 'server_error', message: /input \(1025 tokens\) is too large/ }],
  'text-embeddings-inference': [tooLong, OpenAI.UnprocessableEntityError, { message: /must have less than 512 tokens/ }],
  'vllm': [tooLong, OpenAI.BadRequestError, { message: /maximum context length is 512/ }],
};

async function checkOpenAi(dialect) {
  await withServer(dialect, async url => {
    const client = clientOf(url);
    await checkVectors(client, dialect);
    const [input, ...wanted] = refusals[dialect];
    if (input) await rejects(client, { input: ['one', input] }, ...wanted);
  });
}

async function checkHostedOpenAi(url) {
  const client = clientOf(url);
  await rejects(client, { input: 'one', model: 'other' }, OpenAI.NotFoundError, { code: 'model_not_found' });
  await rejects(client, { input: ['one', ''] }, OpenAI.BadRequestError, { type: 'invalid_request_error' });
  await rejects(clientOf(url, { apiKey: 'wrong' }), { input: 'one' }, OpenAI.AuthenticationError,
                { code: 'invalid_api_key' });
  for await (const { id } of client.models.list()) assert.equal(id, model);
  assert.equal((await client.models.retrieve(model)).id, model);
}

await withServer('ollama', checkOllama);
await withServer('legacy-ollama', checkLegacyOllama);
for (const dialect of Object.keys(refusals)) await checkOpenAi(dialect);
await withServer('openai', checkHostedOpenAi, '--api-key', 'secret');
await withServer('openai', url => rejects(clientOf(url), { input: 'one' }, OpenAI.RateLimitError,
                                          { code: 'rate_limit_exceeded' }), '--429-rate', '1');
// Its own retries get through.
await withServer('openai', url => checkVectors(clientOf(url, { maxRetries: 20 }), 'openai'),
                 '--429-rate', '0.2', '--503-rate', '0.2');
console.log('the official clients of Ollama and OpenAI understand the fake server');
