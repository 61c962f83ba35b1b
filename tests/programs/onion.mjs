// Chapter onion: one packet of constant size, for any route. A program for the harness protocol (HP/1).
// Node 20, built-in modules only.

import {
  createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, randomBytes,
  timingSafeEqual,
} from 'node:crypto';

// ---- refusals ----

class Refusal extends Error {
  constructor(clause, reason) {
    super(reason);
    this.clause = clause;
  }
}

function refuse(clause, reason) {
  throw new Refusal(clause, reason);
}

// ---- sizes ----

const ELEMENT = 32;
const TAG = 16;
const COMMAND = 45;
const STEP = COMMAND + TAG; // what each mix takes off the front of the routing
const ZEROS = 16; // in front of a message
const KEYS = 256;
const PERMUTATION = 128; // a key of the permutation
const SAFE = 2 ** 53;
const FIELD = 2n ** 255n - 19n;

const routingSize = (most) => most * STEP;
const paddingSize = (most) => routingSize(most) - COMMAND;
const headerSize = (most) => ELEMENT + routingSize(most) + TAG;
const blockSize = (payload) => payload + ZEROS;
const packetSize = (most, payload) => headerSize(most) + blockSize(payload);

function checkMost(most) {
  if (most < 1 || most > 20) refuse('ONI-1', `most is ${most}, not 1 to 20`);
}

function checkNetwork({ most, payload }) {
  checkMost(most);
  if (payload < 32) refuse('ONI-1', `payload is ${payload}, less than 32`);
}

// ---- primitives ----

const zeros = (size) => Buffer.alloc(size);
const isZero = (bytes) => bytes.every((byte) => byte === 0);

function xor(a, b) {
  const out = Buffer.alloc(a.length);
  for (let i = 0; i < a.length; i += 1) out[i] = a[i] ^ b[i];
  return out;
}

function uint(value, size) {
  return Buffer.from(BigInt(value).toString(16).padStart(2 * size, '0'), 'hex');
}

const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
const mac = (key, data) => hmac(key, data).subarray(0, TAG);

// ChaCha20; the 16 bytes are the block counter and the nonce.
function stream(key, size) {
  return createCipheriv('chacha20', key, zeros(16)).update(zeros(size));
}

function expand(key, info, size) {
  const parts = [];
  let last = Buffer.alloc(0);
  for (let i = 1; 32 * parts.length < size; i += 1) {
    last = hmac(key, Buffer.concat([last, info, Buffer.of(i)]));
    parts.push(last);
  }
  return Buffer.concat(parts).subarray(0, size);
}

const PRIVATE = Buffer.from('302e020100300506032b656e04220420', 'hex'); // PKCS 8 of a key for X25519, up to the key
const PUBLIC = Buffer.from('302a300506032b656e032100', 'hex'); // its public key, the same
const BASE = Buffer.concat([Buffer.of(9), zeros(31)]);

function x25519(scalar, point) {
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE, scalar]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC, point]), format: 'der', type: 'spki' });
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return zeros(32); // OpenSSL gives no result that is all zeros
  }
}

function isCanonical(point) {
  return BigInt(`0x${Buffer.from(point).reverse().toString('hex')}`) < FIELD;
}

// The keys of a mix: mu, rho, blind, replay, pi; and all of them in one piece.
function deriveKeys(secret, element, publicKey) {
  const info = Buffer.concat([Buffer.from('anonspec onion keys1'), element, publicKey]);
  const all = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, KEYS));
  return {
    all,
    mu: all.subarray(0, 32),
    rho: all.subarray(32, 64),
    blind: all.subarray(64, 96),
    replay: all.subarray(96, 128),
    pi: all.subarray(128, 256),
  };
}

// ---- payload ----

function lioness(key, block, rounds) {
  let left = Buffer.from(block.subarray(0, 32));
  let right = Buffer.from(block.subarray(32));
  for (const round of rounds) {
    const part = key.subarray(32 * (round - 1), 32 * round);
    if (round % 2 === 1) right = xor(right, stream(xor(left, part), right.length));
    else left = xor(left, hmac(part, right));
  }
  return Buffer.concat([left, right]);
}

const perm = (key, block) => lioness(key, block, [1, 2, 3, 4]);
const unperm = (key, block) => lioness(key, block, [4, 3, 2, 1]);

// Zeros and the padded message (MIX-27).
function fill(message, payload) {
  if (message.length >= payload) refuse('MIX-28', `${message.length} bytes do not fit into ${payload}`);
  const block = zeros(blockSize(payload));
  message.copy(block, ZEROS);
  block[ZEROS + message.length] = 0x80;
  return block;
}

// The message of a block that was filled; `clause` refuses one that was changed.
function empty(block, clause) {
  if (!isZero(block.subarray(0, ZEROS))) refuse(clause, 'the payload was changed');
  const body = block.subarray(ZEROS);
  let end = body.length - 1;
  while (end >= 0 && body[end] === 0) end -= 1;
  if (end < 0 || body[end] !== 0x80) refuse('MIX-30', 'not padded');
  return body.subarray(0, end);
}

const replyKey = (key) => expand(key, Buffer.from('anonspec onion reply1'), PERMUTATION);

// ---- draws ----

function draw(seed, name, number, most) {
  const size = { once: 32, pads: paddingSize(most), mark: 16, lock: 32 }[name];
  if (seed === null) return randomBytes(size);
  const hash = createHash('shake256', { outputLength: size });
  return hash.update(seed).update(Buffer.of(0)).update(name).update(uint(number, 8)).digest();
}

// ---- header ----

// Element, secret and keys of each mix.
function makeChain(secret, publics) {
  const mixes = [];
  let element = x25519(secret, BASE);
  let points = publics.map((publicKey, place) => {
    if (!isCanonical(publicKey)) refuse('ONI-6', `the public key at place ${place} is not canonical`);
    return x25519(secret, publicKey);
  });
  for (const publicKey of publics) {
    const shared = points.shift();
    if (isZero(shared)) refuse('ONI-6', 'a public key of low order');
    const keys = deriveKeys(shared, element, publicKey);
    mixes.push({ element, shared, keys });
    if (points.length === 0) break;
    element = x25519(keys.blind, element);
    points = points.map((point) => x25519(keys.blind, point));
  }
  return mixes;
}

function writeCommand(kind, number, mark, hop) {
  return Buffer.concat([
    Buffer.of(kind), uint(number, 4), mark, uint(hop.delay, 8), uint(hop.earliest, 8), uint(hop.latest, 8),
  ]);
}

function readCommand(bytes) {
  return {
    kind: bytes[0],
    number: bytes.readUInt32BE(1),
    mark: bytes.subarray(5, 21),
    delay: bytes.readBigUInt64BE(21),
    earliest: bytes.readBigUInt64BE(29),
    latest: bytes.readBigUInt64BE(37),
  };
}

function checkRoute(route, most) {
  if (route.length === 0) refuse('ONI-2', 'a route of no mixes');
  if (route.length > most) refuse('ONI-2', `a route of ${route.length} mixes, of at most ${most}`);
}

// `last` is what the last mix is told: kind, number, mark. Gives the header, and the mixes' keys for the payload.
function makeHeader(secret, most, route, last, padding) {
  checkRoute(route, most);
  const mixes = makeChain(secret, route.map((hop) => hop.public));
  const size = routingSize(most);
  const streams = mixes.map(({ keys }) => stream(keys.rho, size + STEP));
  const end = route.length - 1;

  let filler = Buffer.alloc(0);
  for (let i = 0; i < end; i += 1) {
    filler = Buffer.concat([filler, zeros(STEP)]);
    filler = xor(filler, streams[i].subarray(-filler.length));
  }

  const command = writeCommand(last.kind, last.number, last.mark, route[end]);
  let routing = xor(Buffer.concat([command, padding]), streams[end]);
  filler.copy(routing, size - filler.length);
  let tag = mac(mixes[end].keys.mu, routing);

  for (let i = end - 1; i >= 0; i -= 1) {
    const onward = writeCommand(0, route[i + 1].mix, zeros(16), route[i]);
    routing = xor(Buffer.concat([onward, tag, routing.subarray(0, size - STEP)]), streams[i]);
    tag = mac(mixes[i].keys.mu, routing);
  }

  return {
    header: Buffer.concat([mixes[0].element, routing, tag]),
    layers: mixes.map(({ keys }) => keys.pi),
  };
}

// ---- opening ----

// What a mix makes of a packet: what it passes on or delivers, and the replay tag to be remembered.
function openPacket({ secret, publicKey, most, payload, seen }, packet) {
  if (packet.length !== packetSize(most, payload)) refuse('ONI-12', `a packet of ${packet.length} bytes`);
  const size = routingSize(most);
  const element = packet.subarray(0, ELEMENT);
  const routing = packet.subarray(ELEMENT, ELEMENT + size);
  const tag = packet.subarray(ELEMENT + size, headerSize(most));
  const body = packet.subarray(headerSize(most));

  if (!isCanonical(element)) refuse('ONI-13', 'the element is not canonical');
  const shared = x25519(secret, element);
  if (isZero(shared)) refuse('ONI-14', 'the element is of low order');
  const keys = deriveKeys(shared, element, publicKey);
  if (!timingSafeEqual(tag, mac(keys.mu, routing))) refuse('ONI-15', 'the tag does not fit');
  const replay = keys.replay.toString('hex');
  if (seen.has(replay)) refuse('ONI-16', 'a packet for the second time');

  const plain = xor(Buffer.concat([routing, zeros(STEP)]), stream(keys.rho, size + STEP));
  const command = readCommand(plain.subarray(0, COMMAND));
  if (command.kind > 2) refuse('ONI-17', `a command of kind ${command.kind}`);
  const times = [command.delay, command.earliest, command.latest];
  if (times.some((time) => time >= SAFE)) refuse('ONI-17', 'a time of 2^53 or more');

  const passed = {
    next: null, packet: null, destination: null, mark: null, body: null,
    delay: Number(command.delay), earliest: Number(command.earliest), latest: Number(command.latest),
  };
  const block = unperm(keys.pi, body);
  if (command.kind === 0) {
    passed.next = command.number;
    const onward = [x25519(keys.blind, element), plain.subarray(STEP), plain.subarray(COMMAND, STEP), block];
    passed.packet = Buffer.concat(onward).toString('hex');
  } else if (command.kind === 1) {
    passed.destination = command.number;
    passed.body = empty(block, 'ONI-20').toString('hex');
  } else {
    passed.destination = command.number;
    passed.mark = command.mark.toString('hex');
    passed.body = block.toString('hex');
  }
  return { passed, replay };
}

// ---- fields: each kind is a function that refuses what is malformed and gives the value to work with ----

const malformed = (where, reason) => refuse('HP-15', `${where}: ${reason}`);

const integer = (limit) => (value, where) => {
  if (!Number.isInteger(value) || value < 0 || value >= limit) malformed(where, `not an integer below ${limit}`);
  return value;
};

const bytes = (size = null) => (value, where) => {
  if (typeof value !== 'string' || !/^(?:[0-9a-f]{2})*$/.test(value)) malformed(where, 'not lowercase hexadecimal');
  if (size !== null && value.length !== 2 * size) malformed(where, `not ${size} bytes`);
  return Buffer.from(value, 'hex');
};

const list = (kind, least, most) => (value, where) => {
  if (!Array.isArray(value)) malformed(where, 'not a list');
  if (value.length < least || value.length > most) malformed(where, `not ${least} to ${most} elements`);
  return value.map((element, place) => kind(element, `${where}.${place}`));
};

const orNull = (kind) => (value, where) => (value === null ? null : kind(value, where));

const boolean = (value, where) => {
  if (typeof value !== 'boolean') malformed(where, 'not a truth value');
  return value;
};

const word = (...words) => (value, where) => {
  if (!words.includes(value)) malformed(where, `not one of ${words.join(', ')}`);
  return value;
};

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const object = (kinds) => (value, where) => {
  if (!isObject(value)) malformed(where, 'not an object');
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(kinds, name)) malformed(`${where}.${name}`, 'no such field');
  }
  const fields = {};
  for (const [name, kind] of Object.entries(kinds)) {
    if (!Object.hasOwn(value, name)) malformed(`${where}.${name}`, 'missing');
    fields[name] = kind(value[name], `${where}.${name}`);
  }
  return fields;
};

const number = integer(SAFE);
const place = integer(2 ** 32); // the number of a mix, or of somebody who gets messages
const key = bytes(32);
const network = { most: integer(256), payload: integer(65536) };
const hop = object({ mix: place, public: key, delay: number, earliest: number, latest: number });
const route = list(hop, 0, 255);
const replyBlock = object({ first: place, header: bytes(), key });

// ---- operations ----

const operations = new Map();

operations.set('onion.sizes', {
  takes: object(network),
  does({ most, payload }) {
    checkNetwork({ most, payload });
    return { header: headerSize(most), packet: packetSize(most, payload) };
  },
});

operations.set('onion.draw', {
  takes: object({ seed: key, name: word('once', 'pads', 'mark', 'lock'), number, most: integer(256) }),
  does({ seed, name, number: made, most }) {
    checkMost(most);
    return { data: draw(seed, name, made, most).toString('hex') };
  },
});

operations.set('onion.chain', {
  takes: object({ secret: key, publics: list(key, 1, 20) }),
  does({ secret, publics }) {
    const mixes = makeChain(secret, publics);
    return {
      elements: mixes.map(({ element }) => element.toString('hex')),
      secrets: mixes.map(({ shared }) => shared.toString('hex')),
      keys: mixes.map(({ keys }) => keys.all.toString('hex')),
    };
  },
});

operations.set('onion.permute', {
  takes: object({ key: bytes(PERMUTATION), block: bytes(), back: boolean }),
  does({ key: permutation, block, back }) {
    if (block.length <= 32) refuse('ONI-11', `a block of ${block.length} bytes`);
    return { block: (back ? unperm : perm)(permutation, block).toString('hex') };
  },
});

operations.set('onion.header', {
  takes: object({
    secret: key, most: integer(256), route, kind: integer(256), destination: place, mark: bytes(16), padding: bytes(),
  }),
  does({ secret, most, route: hops, kind, destination, mark, padding }) {
    checkMost(most);
    if (kind !== 1 && kind !== 2) refuse('ONI-8', `a last command of kind ${kind}`);
    if (kind === 1 && !isZero(mark)) refuse('ONI-8', 'a mark for a message');
    if (padding.length !== paddingSize(most)) refuse('ONI-9', `padding of ${padding.length} bytes`);
    const { header } = makeHeader(secret, most, hops, { kind, number: destination, mark }, padding);
    return { header: header.toString('hex') };
  },
});

operations.set('onion.peel', {
  takes: object({ secret: key, ...network, packet: bytes() }),
  does({ secret, most, payload, packet }) {
    checkNetwork({ most, payload });
    const mix = { secret, publicKey: x25519(secret, BASE), most, payload, seen: new Set() };
    return openPacket(mix, packet).passed;
  },
});

// ---- roles: an event changes the state last, when nothing can be refused any more ----

const roles = new Map();

roles.set('onion.sender', {
  params: object({ ...network, seed: orNull(key) }),
  begin(params) {
    checkNetwork(params);
    return { ...params, made: 0 };
  },
  events: new Map([
    ['wrap', {
      takes: object({ route, destination: place, message: bytes() }),
      does(sender, { route: hops, destination, message }) {
        const { most, payload, seed, made } = sender;
        checkRoute(hops, most);
        let block = fill(message, payload);
        const last = { kind: 1, number: destination, mark: zeros(16) };
        const secret = draw(seed, 'once', made, most);
        const { header, layers } = makeHeader(secret, most, hops, last, draw(seed, 'pads', made, most));
        for (const pi of layers.toReversed()) block = perm(pi, block);
        sender.made += 1;
        return { first: hops[0].mix, packet: Buffer.concat([header, block]).toString('hex') };
      },
    }],
  ]),
});

roles.set('onion.author', {
  params: object({ ...network, me: place, seed: orNull(key) }),
  begin(params) {
    checkNetwork(params);
    return { ...params, made: 0, awaited: new Map() };
  },
  events: new Map([
    ['block', {
      takes: object({ route }),
      does(author, { route: hops }) {
        const { most, me, seed, made } = author;
        checkRoute(hops, most);
        const mark = draw(seed, 'mark', made, most);
        const lock = draw(seed, 'lock', made, most);
        const last = { kind: 2, number: me, mark };
        const secret = draw(seed, 'once', made, most);
        const { header, layers } = makeHeader(secret, most, hops, last, draw(seed, 'pads', made, most));
        author.made += 1;
        author.awaited.set(mark.toString('hex'), { lock, layers });
        return { block: { first: hops[0].mix, header: header.toString('hex'), key: lock.toString('hex') } };
      },
    }],
    ['open', {
      takes: object({ mark: bytes(16), body: bytes() }),
      does(author, { mark, body }) {
        const name = mark.toString('hex');
        const awaited = author.awaited.get(name);
        if (awaited === undefined) refuse('ONI-27', 'no answer is awaited under this mark');
        if (body.length !== blockSize(author.payload)) refuse('ONI-26', `an answer of ${body.length} bytes`);
        let block = body;
        for (const pi of awaited.layers.toReversed()) block = perm(pi, block);
        const message = empty(unperm(replyKey(awaited.lock), block), 'ONI-26');
        author.awaited.delete(name);
        return { message: message.toString('hex') };
      },
    }],
  ]),
});

roles.set('onion.responder', {
  params: object(network),
  begin(params) {
    checkNetwork(params);
    return { ...params, used: new Set() };
  },
  events: new Map([
    ['answer', {
      takes: object({ block: replyBlock, message: bytes() }),
      does(responder, { block: { first, header, key: lock }, message }) {
        const { most, payload, used } = responder;
        if (header.length !== headerSize(most)) refuse('ONI-12', `a header of ${header.length} bytes`);
        const name = header.toString('hex');
        if (used.has(name)) refuse('ONI-25', 'this block has been answered to');
        const body = perm(replyKey(lock), fill(message, payload));
        used.add(name);
        return { first, packet: Buffer.concat([header, body]).toString('hex') };
      },
    }],
  ]),
});

roles.set('onion.node', {
  params: object({ secret: key, epoch: number, ...network }),
  begin(params) {
    checkNetwork(params);
    return { ...params, publicKey: x25519(params.secret, BASE), seen: new Set() };
  },
  events: new Map([
    ['process', {
      takes: object({ packet: bytes() }),
      does(node, { packet }) {
        const { passed, replay } = openPacket(node, packet);
        node.seen.add(replay);
        return passed;
      },
    }],
    ['rekey', {
      takes: object({ epoch: number, secret: key }),
      does(node, { epoch, secret }) {
        if (epoch <= node.epoch) refuse('ONI-22', `epoch ${epoch} is not after ${node.epoch}`);
        node.epoch = epoch;
        node.secret = secret;
        node.publicKey = x25519(secret, BASE);
        node.seen = new Set();
        return {};
      },
    }],
  ]),
});

// ---- the harness protocol ----

const LONGEST = 2 ** 24; // bytes of a line
const capabilities = Object.fromEntries([...operations.keys(), ...roles.keys(), 'onion.own'].map((name) => [name, {}]));
const subjects = new Map();

// What comes of `work`: out, a refusal, or an error.
function outcome(work) {
  try {
    return { out: work() };
  } catch (problem) {
    if (problem instanceof Refusal) return { reject: { clause: problem.clause, reason: problem.message } };
    return { error: { message: String(problem?.message ?? problem) } };
  }
}

function checkSubject(subject) {
  if (typeof subject !== 'string') malformed('subject', 'not text');
}

function findSubject(subject) {
  checkSubject(subject);
  return subjects.get(subject) ?? refuse('HP-21', `no subject ${subject}`);
}

function handOver({ role, state }, event) {
  if (!isObject(event) || Object.keys(event).length !== 1) {
    return outcome(() => malformed('event', 'not an object with one member'));
  }
  const [name] = Object.keys(event);
  const known = role.events.get(name);
  if (known === undefined) return { unsupported: name };
  return outcome(() => known.does(state, known.takes(event[name], name)));
}

function runOperation(question) {
  const operation = operations.get(question.op);
  if (operation === undefined) return { unsupported: String(question.op) };
  return outcome(() => operation.does(operation.takes(question.in, 'in')));
}

function runEvents({ subject, events }) {
  const found = outcome(() => {
    const running = findSubject(subject);
    if (!Array.isArray(events)) malformed('events', 'not a list');
    return running;
  });
  if (found.out === undefined) return found;
  return { results: events.map((event) => handOver(found.out, event)) };
}

function start({ subject, role: name, params }) {
  const role = roles.get(name);
  if (role === undefined) return { unsupported: String(name) };
  return outcome(() => {
    checkSubject(subject);
    if (subjects.has(subject)) refuse('HP-20', `${subject} is running`);
    subjects.set(subject, { role, state: role.begin(role.params(params, 'params')) });
    return {};
  });
}

function stop({ subject }) {
  return outcome(() => {
    findSubject(subject);
    subjects.delete(subject);
    return {};
  });
}

function describe() {
  return { hp: 1, impl: { name: 'stranger-onion', version: '1', language: 'javascript' }, capabilities };
}

function answer(question) {
  switch (question.cmd) {
    case 'describe': return describe();
    case 'run': return Object.hasOwn(question, 'op') ? runOperation(question) : runEvents(question);
    case 'start': return start(question);
    case 'stop': return stop(question);
    default: return { unsupported: String(question.cmd) };
  }
}

function answerLine(line) {
  let id = null;
  let rest;
  try {
    const question = JSON.parse(line);
    if (!isObject(question)) throw new Error('not an object');
    id = question.id ?? null;
    rest = answer(question);
  } catch (problem) {
    rest = { error: { message: String(problem?.message ?? problem) } };
  }
  const text = `${JSON.stringify({ id, ...rest })}\n`;
  if (Buffer.byteLength(text) <= LONGEST) return text;
  return `${JSON.stringify({ id, error: { message: 'the answer is longer than a line may be' } })}\n`;
}

// Only the byte 0a ends a line.
let pieces = [];
process.stdin.on('data', (chunk) => {
  let from = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
    pieces.push(chunk.subarray(from, at));
    process.stdout.write(answerLine(Buffer.concat(pieces).toString('utf8')));
    pieces = [];
    from = at + 1;
  }
  if (from < chunk.length) pieces.push(chunk.subarray(from));
});
