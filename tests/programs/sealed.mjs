// Sealed messages over the harness protocol: the sealing part of chapter mix, chapters reply and cascade.
// Suite x25519 only. Written from the texts harness.md, mix.md, reply.md and cascade.md.

import {
  createCipheriv, createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman,
  generateKeyPairSync, randomBytes,
} from 'node:crypto';

const LONGEST_LINE = 2 ** 24;

// ---------------------------------------------------------------------------------------------------------------------
// What a program may answer instead of `out`

class Refusal extends Error {
  constructor(clause, reason) {
    super(reason);
    this.clause = clause;
  }
}

class Unsupported extends Error {}

const refuse = (clause, reason) => {
  throw new Refusal(clause, reason);
};

// ---------------------------------------------------------------------------------------------------------------------
// Bytes

const EMPTY = Buffer.alloc(0);
const hex = (buffer) => buffer.toString('hex');
const join = (...parts) => Buffer.concat(parts);
const ascii = (text) => Buffer.from(text, 'latin1');
const u8 = (number) => Buffer.from([number]);
const u16 = (number) => Buffer.from([number >> 8, number & 255]);

const u32 = (number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(number);
  return buffer;
};

const u64 = (number) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(number));
  return buffer;
};

const sha256 = (buffer) => createHash('sha256').update(buffer).digest();

const shake256 = (buffer, size) =>
  size === 0 ? EMPTY : createHash('shake256', { outputLength: size }).update(buffer).digest();

// ---------------------------------------------------------------------------------------------------------------------
// HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; one message a context

const CODE = 0x00; // of the suite x25519
const OVERHEAD = 48; // 32 bytes of enc, 16 of tag
const KEM_ID = join(ascii('KEM'), u16(0x0020));
const HPKE_ID = join(ascii('HPKE'), u16(0x0020), u16(0x0001), u16(0x0003));
const SECRET_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex'); // PKCS 8
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex'); // SubjectPublicKeyInfo

const secretKey = (raw) => createPrivateKey({ key: join(SECRET_PREFIX, raw), format: 'der', type: 'pkcs8' });
const publicKey = (raw) => createPublicKey({ key: join(PUBLIC_PREFIX, raw), format: 'der', type: 'spki' });
const rawPublic = (key) => key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length);
const publicOf = (rawSecret) => rawPublic(createPublicKey(secretKey(rawSecret)));

const hmac = (key, data) => createHmac('sha256', key).update(data).digest();

// One block of output is all that is ever needed here: sizes up to 32.
const hkdfExpand = (prk, info, size) => hmac(prk, join(info, u8(1))).subarray(0, size);

const labeledExtract = (id, salt, label, ikm) => hmac(salt, join(ascii('HPKE-v1'), id, ascii(label), ikm));

const labeledExpand = (id, prk, label, info, size) =>
  hkdfExpand(prk, join(u16(size), ascii('HPKE-v1'), id, ascii(label), info), size);

// diffieHellman throws if the result is all zeros, as RFC 9180, section 7.1.4, demands.
const sharedSecret = (secret, other, enc, recipient) => {
  const dh = diffieHellman({ privateKey: secret, publicKey: other });
  const prk = labeledExtract(KEM_ID, EMPTY, 'eae_prk', dh);
  return labeledExpand(KEM_ID, prk, 'shared_secret', join(enc, recipient), 32);
};

const keySchedule = (shared, info) => {
  const pskIdHash = labeledExtract(HPKE_ID, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = labeledExtract(HPKE_ID, EMPTY, 'info_hash', info);
  const context = join(u8(0), pskIdHash, infoHash);
  const secret = labeledExtract(HPKE_ID, shared, 'secret', EMPTY);
  return {
    key: labeledExpand(HPKE_ID, secret, 'key', context, 32),
    nonce: labeledExpand(HPKE_ID, secret, 'base_nonce', context, 12),
  };
};

const aeadLock = (key, nonce, plain) => {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return join(cipher.update(plain), cipher.final(), cipher.getAuthTag());
};

// Throws if the tag is wrong.
const aeadUnlock = (key, nonce, locked) => {
  if (locked.length < 16) throw new Error('too short');
  const cipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAuthTag(locked.subarray(locked.length - 16));
  return join(cipher.update(locked.subarray(0, locked.length - 16)), cipher.final());
};

// Throws if the public key is none.
const hpkeSeal = (rawRecipient, info, plain) => {
  if (rawRecipient.length !== 32) throw new Error('a public key has 32 bytes');
  const ephemeral = generateKeyPairSync('x25519');
  const enc = rawPublic(ephemeral.publicKey);
  const shared = sharedSecret(ephemeral.privateKey, publicKey(rawRecipient), enc, rawRecipient);
  const { key, nonce } = keySchedule(shared, info);
  return join(enc, aeadLock(key, nonce, plain));
};

// Throws if it does not open.
const hpkeOpen = (rawSecret, info, sealed) => {
  if (sealed.length < OVERHEAD) throw new Error('too short');
  const secret = secretKey(rawSecret);
  const enc = sealed.subarray(0, 32);
  const shared = sharedSecret(secret, publicKey(enc), enc, publicOf(rawSecret));
  const { key, nonce } = keySchedule(shared, info);
  return aeadUnlock(key, nonce, sealed.subarray(32));
};

const sealOrRefuse = (clause, rawRecipient, info, plain) => {
  try {
    return hpkeSeal(rawRecipient, info, plain);
  } catch {
    return refuse(clause, 'the public key is none');
  }
};

// Gives null if it does not open, whatever the cause.
const openOrNull = (rawSecret, info, sealed) => {
  try {
    return hpkeOpen(rawSecret, info, sealed);
  } catch {
    return null;
  }
};

const mixInfo = (mix, epoch) => join(ascii('anonspec mix seal1'), u8(CODE), u32(mix), u64(epoch));
const headerInfo = (mix, epoch) => join(ascii('anonspec reply header1'), u8(CODE), u32(mix), u64(epoch));
const answerInfo = () => join(ascii('anonspec reply answer1'), u8(CODE));
const letterInfo = (receiver) => join(ascii('anonspec cascade letter1'), u8(CODE), u32(receiver));

// ---------------------------------------------------------------------------------------------------------------------
// Bodies of envelopes

const ZERO_NONCE = Buffer.alloc(12);

const lockBody = (key, body) => aeadLock(key, ZERO_NONCE, body);

const unlockBodyOrNull = (key, body) => {
  try {
    return aeadUnlock(key, ZERO_NONCE, body);
  } catch {
    return null;
  }
};

// OpenSSL takes 16 bytes: the block counter (4, little-endian), then the nonce (12).
const stream = (key, body) => createCipheriv('chacha20', key, Buffer.alloc(16)).update(body);

// ---------------------------------------------------------------------------------------------------------------------
// Padding (MIX-27, MIX-28, MIX-30)

const pad = (message, size) => {
  if (message.length >= size) refuse('MIX-28', `${message.length} bytes do not fit into ${size}`);
  const body = Buffer.alloc(size);
  message.copy(body);
  body[message.length] = 0x80;
  return body;
};

const unpad = (body) => {
  let end = body.length - 1;
  while (end >= 0 && body[end] === 0) end -= 1;
  if (end < 0 || body[end] !== 0x80) refuse('MIX-30', 'the body is not padded');
  return body.subarray(0, end);
};

// ---------------------------------------------------------------------------------------------------------------------
// Draws

const REPLY_DRAW_SIZES = { keys: 32, mark: 16, once: 32 }; // fill: as many as are asked for

const replyLabelled = (seed, name, number, position, size) =>
  shake256(join(seed, u8(0), ascii(name), u64(number), u8(position)), REPLY_DRAW_SIZES[name] ?? size);

const replyDraw = (seed, name, number, position, size) =>
  seed === null
    ? randomBytes(REPLY_DRAW_SIZES[name] ?? size)
    : replyLabelled(seed, name, number, position, size);

// A draw of chapter mix: 8 bytes as an integer.
const mixDraw = (seed, name, flush, place) => {
  const data = seed === null ? randomBytes(8) : shake256(join(seed, u8(0), ascii(name), u64(flush), u64(place)), 8);
  return data.readBigUInt64BE();
};

const choice = (draw, places) => Number((draw * BigInt(places)) >> 64n);

const coinFalls = (draw, chance) => draw < (chance.above << 64n) / chance.below;

// ---------------------------------------------------------------------------------------------------------------------
// Kinds of values (HP-15). Each takes a JSON value and where it stands, and gives the value that is worked with.

const malformed = (path, what) => refuse('HP-15', `${path}: ${what}`);

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value, path) => (typeof value === 'string' ? value : malformed(path, 'not text'));

const integer = (most) => (value, path) => {
  if (typeof value !== 'number' || !Number.isInteger(value)) malformed(path, 'not an integer');
  if (value < 0 || value > most) malformed(path, `not within 0 ... ${most}`);
  return value;
};

const bytes = (length = null) => (value, path) => {
  if (typeof value !== 'string' || value.length % 2 !== 0 || !/^[0-9a-f]*$/.test(value)) malformed(path, 'not bytes');
  if (length !== null && value.length !== 2 * length) malformed(path, `not ${length} bytes`);
  return Buffer.from(value, 'hex');
};

const list = (kind) => (value, path) => {
  if (!Array.isArray(value)) malformed(path, 'not a list');
  return value.map((element, place) => kind(element, `${path}.${place}`));
};

const orNull = (kind) => (value, path) => (value === null ? null : kind(value, path));

const oneOf = (...names) => (value, path) => (names.includes(value) ? value : malformed(path, 'no such name'));

const object = (fields) => (value, path) => {
  if (!isObject(value)) malformed(path, 'missing, or not an object');
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name)) malformed(`${path}.${name}`, 'no such field');
  }
  const result = {};
  for (const [name, kind] of Object.entries(fields)) {
    if (!Object.hasOwn(value, name)) malformed(`${path}.${name}`, 'missing');
    result[name] = kind(value[name], `${path}.${name}`);
  }
  return result;
};

const greatestCommonDivisor = (a, b) => {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
};

const fraction = (value, path) => {
  const match = typeof value === 'string' && /^(0|[1-9][0-9]*)\/([1-9][0-9]*)$/.exec(value);
  if (!match) return malformed(path, 'not a fraction');
  const [above, below] = [BigInt(match[1]), BigInt(match[2])];
  if (greatestCommonDivisor(above, below) !== 1n) malformed(path, 'not in lowest terms');
  return { above, below };
};

const BYTE = integer(255);
const COUNT = integer(65535);
const NUMBER = integer(2 ** 32 - 1);
const LONG = integer(2 ** 53 - 1);
const KEY = bytes(32);
const HASH = bytes(32);
const SUITE = oneOf('x25519');
const SEED = orNull(bytes(32));
const ADDRESS = object({ header: bytes(), key: bytes() });
const HOP = object({ mix: NUMBER, epoch: LONG, public: bytes() });
const BOARD = object({ took: list(HASH), sent: list(HASH) });

const HOPS = (value, path) => {
  const hops = list(HOP)(value, path);
  return hops.length > 255 ? malformed(path, 'more than 255 mixes') : hops;
};

// ---------------------------------------------------------------------------------------------------------------------
// Batching rules of chapter mix

const least = (a, b) => (a < b ? a : b);
const most = (a, b) => (a > b ? a : b);
const partOf = (part, number) => Number((part.above * BigInt(number)) / part.below);

const never = () => false;
const always = () => true;
const all = (rule, held) => held;
const enough = (rule, held) => held >= rule.threshold;
const enoughBeyondPool = (rule, held) => held >= rule.pool + rule.threshold;
const moreThanPool = (rule, held) => held > rule.pool;
const allButPool = (rule, held) => held - rule.pool;
const COTTRELL_FIELDS = { period: COUNT, threshold: COUNT, pool: COUNT, fraction };

const RULES = {
  'threshold': {
    fields: { threshold: COUNT },
    atArrival: enough, atPeriodEnd: never, quota: all,
  },
  'timed': {
    fields: { period: COUNT },
    atArrival: never, atPeriodEnd: always, quota: all,
  },
  'threshold-or-timed': {
    fields: { threshold: COUNT, period: COUNT },
    atArrival: enough, atPeriodEnd: always, quota: all,
  },
  'threshold-and-timed': {
    fields: { threshold: COUNT, period: COUNT },
    atArrival: never, atPeriodEnd: enough, quota: all,
  },
  'threshold-pool': {
    fields: { threshold: COUNT, pool: COUNT },
    atArrival: enoughBeyondPool, atPeriodEnd: never, quota: allButPool,
  },
  'timed-pool': {
    fields: { period: COUNT, pool: COUNT },
    atArrival: never, atPeriodEnd: moreThanPool, quota: allButPool,
  },
  'cottrell-r1': {
    fields: COTTRELL_FIELDS,
    atArrival: never, atPeriodEnd: enoughBeyondPool,
    quota: (rule, held) => most(1, partOf(rule.fraction, held - rule.pool)),
  },
  'cottrell-r2': {
    fields: COTTRELL_FIELDS,
    atArrival: never, atPeriodEnd: enoughBeyondPool,
    quota: (rule, held) => least(held - rule.pool, partOf(rule.fraction, held)),
  },
  'cottrell-r3': {
    fields: COTTRELL_FIELDS,
    atArrival: never, atPeriodEnd: enoughBeyondPool,
    quota: (rule, held) => least(held - rule.pool, partOf(rule.fraction, held)),
  },
  'cottrell-r4': {
    fields: COTTRELL_FIELDS,
    atArrival: never, atPeriodEnd: enoughBeyondPool,
    quota: (rule, held) => least(held - rule.pool, most(1, partOf(rule.fraction, held))),
  },
  'binomial': {
    fields: { period: COUNT, chances: list(fraction) },
    atArrival: never, atPeriodEnd: always, quota: null,
  },
};

const RULE = (value, path) => {
  if (!isObject(value)) malformed(path, 'missing, or not an object');
  const kind = value.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(RULES, kind)) malformed(`${path}.kind`, 'no such kind');
  return object({ kind: text, ...RULES[kind].fields })(value, path);
};

const aboveOne = (part) => part.above > part.below;

const checkRule = (rule) => {
  const { kind, threshold, period, pool, fraction: part, chances } = rule;
  if (['threshold', 'threshold-or-timed', 'threshold-and-timed'].includes(kind) && threshold < 2) {
    refuse('MIX-1', 'a threshold below 2');
  }
  if (threshold === 0 || period === 0 || pool === 0) refuse('MIX-2', 'a threshold, period or pool of 0');
  if (part !== undefined) {
    if (part.above === 0n || aboveOne(part)) refuse('MIX-3', 'the fraction is 0 or above 1');
    if (kind === 'cottrell-r3' && 100n % part.below !== 0n) refuse('MIX-3', 'not in whole percent');
  }
  if (chances !== undefined) {
    if (chances.length === 0 || chances.some(aboveOne) || chances.at(-1).above === 0n) {
      refuse('MIX-3', 'chances that are empty, above 1, or end with 0');
    }
  }
};

// Takes `count` of the messages, in the order in which they are taken; `draw` gives the draw at each place.
const take = (messages, count, draw) => {
  const left = [...messages];
  const taken = [];
  for (let i = 0; i < count; i += 1) {
    const place = choice(draw(i), left.length);
    taken.push(left[place]);
    const last = left.pop();
    if (place < left.length) left[place] = last;
  }
  return { taken, left };
};

// Those that leave at a flush, and those that stay.
const chooseLeaving = (rule, held, seed, flush) => {
  if (rule.kind !== 'binomial') {
    const quota = RULES[rule.kind].quota(rule, held.length);
    return take(held, quota, (place) => mixDraw(seed, 'take', flush, place));
  }
  const chance = rule.chances[least(held.length, rule.chances.length - 1)];
  const falls = held.map((item, place) => coinFalls(mixDraw(seed, 'coin', flush, place), chance));
  return { taken: held.filter((item, place) => falls[place]), left: held.filter((item, place) => !falls[place]) };
};

const putInOrder = (order, batch, seed, flush) =>
  order === 'lexicographic'
    ? [...batch].sort(Buffer.compare)
    : take(batch, batch.length, (place) => mixDraw(seed, 'sort', flush, place)).taken;

// ---------------------------------------------------------------------------------------------------------------------
// Rows, envelopes, headers (chapter reply)

const FORWARD = 0x00;
const REPLY = 0x01;
const NOBODY = 2 ** 32 - 1;

const headerSize = (mixes, position) => 20 + (mixes - position + 1) * (OVERHEAD + 33);
const bodySize = (mixes, position, payload) => payload + 16 * (mixes - position + 1);
const envelopeSize = (mixes, position, payload) => headerSize(mixes, position) + bodySize(mixes, position, payload);

const checkRow = (mixes, payload) => {
  if (mixes === 0) refuse('REP-1', 'a row of no mixes');
  if (payload <= OVERHEAD) refuse('REP-1', `a payload of ${OVERHEAD} bytes or fewer`);
};

const checkPosition = (position, last) => {
  if (position < 1 || position > last) refuse('REP-8', 'no such position in the row');
};

// The headers for the positions 1 ... k and, as the last element, the core.
const makeHeaders = (kind, hops, keys, destination, mark) => {
  const headers = [join(u32(destination), mark)];
  for (let i = hops.length - 1; i >= 0; i -= 1) {
    const info = headerInfo(hops[i].mix, hops[i].epoch);
    headers.unshift(sealOrRefuse('REP-5', hops[i].public, info, join(u8(kind), keys[i], headers[0])));
  }
  return headers;
};

// Opens an envelope at `place` (mix, epoch, secret, position, mixes, payload): its header, and what stands inside.
const openEnvelope = (place, envelope) => {
  const { mixes, position, payload } = place;
  if (envelope.length !== envelopeSize(mixes, position, payload)) refuse('REP-8', 'another size than the position has');
  const fail = () => refuse('REP-9', 'the envelope does not open');
  const header = envelope.subarray(0, headerSize(mixes, position));
  const body = envelope.subarray(header.length);
  const layer = openOrNull(place.secret, headerInfo(place.mix, place.epoch), header) ?? fail();
  const kind = layer[0];
  const key = layer.subarray(1, 33);
  const rest = layer.subarray(33);
  if (kind === REPLY) {
    const changed = stream(key, body);
    return { header, rest, body: changed.subarray(0, changed.length - 16) };
  }
  if (kind !== FORWARD) fail();
  const opened = unlockBodyOrNull(key, body) ?? fail();
  return { header, rest, body: opened };
};

const coreOf = (core) => ({ destination: core.readUInt32BE(0), mark: hex(core.subarray(4, 20)) });

const passedOn = (place, { rest, body }) => {
  if (place.position < place.mixes) {
    return { next: hex(join(rest, body)), destination: null, mark: null, body: null };
  }
  return { next: null, ...coreOf(rest), body: hex(body) };
};

// The memory of headers of a mix, with the key that it goes with (REP-10, REP-11).
const acceptEnvelope = (node, envelope) => {
  const opened = openEnvelope(node, envelope);
  const name = hex(sha256(opened.header));
  if (node.seen.has(name)) refuse('REP-10', 'a header that was accepted before');
  node.seen.add(name);
  return opened;
};

const rekey = (node, { epoch, secret }) => {
  if (epoch <= node.epoch) refuse('REP-11', 'not after the present epoch');
  node.epoch = epoch;
  node.secret = secret;
  node.seen = new Set();
  return {};
};

// Undoes the streams and opens the content; REP-14 if it fails.
const readAnswer = (keys, secret, body) => {
  let content = body;
  for (const key of keys) content = stream(key, content);
  const padded = openOrNull(secret, answerInfo(), content) ?? refuse('REP-14', 'the answer does not open');
  return unpad(padded);
};

// ---------------------------------------------------------------------------------------------------------------------
// Operations: capability, fields, and what comes of them

const OPERATIONS = {
  'mix.pad': {
    capability: 'mix.padding',
    fields: { message: bytes(), size: COUNT },
    run: ({ message, size }) => ({ body: hex(pad(message, size)) }),
  },

  'mix.unpad': {
    capability: 'mix.padding',
    fields: { body: bytes() },
    run: ({ body }) => ({ message: hex(unpad(body)) }),
  },

  'mix.open': {
    capability: 'mix.open',
    fields: { suite: SUITE, secret: KEY, mix: NUMBER, epoch: LONG, size: COUNT, sealed: bytes() },
    run: ({ secret, mix, epoch, size, sealed }) => {
      const fail = () => refuse('MIX-29', 'the message does not open');
      if (sealed.length !== size + 4 + OVERHEAD) fail();
      const opened = openOrNull(secret, mixInfo(mix, epoch), sealed) ?? fail();
      return { destination: opened.readUInt32BE(0), body: hex(opened.subarray(4)) };
    },
  },

  'reply.sizes': {
    capability: 'reply.sizes',
    fields: { suite: SUITE, mixes: BYTE, payload: COUNT, position: BYTE },
    run: ({ mixes, payload, position }) => {
      checkRow(mixes, payload);
      checkPosition(position, mixes + 1);
      return { header: headerSize(mixes, position), body: bodySize(mixes, position, payload) };
    },
  },

  'reply.draw': {
    capability: 'reply.draw',
    fields: { seed: bytes(32), name: oneOf('keys', 'mark', 'once', 'fill'), number: LONG, position: BYTE, size: COUNT },
    run: ({ seed, name, number, position, size }) => ({ data: hex(replyLabelled(seed, name, number, position, size)) }),
  },

  'reply.peel': {
    capability: 'reply.peel',
    fields: {
      suite: SUITE, secret: KEY, mix: NUMBER, epoch: LONG, position: BYTE, mixes: BYTE, payload: COUNT,
      envelope: bytes(),
    },
    run: (place) => {
      checkRow(place.mixes, place.payload);
      checkPosition(place.position, place.mixes);
      return passedOn(place, openEnvelope(place, place.envelope));
    },
  },

  'reply.read': {
    capability: 'reply.read',
    fields: { suite: SUITE, keys: list(KEY), secret: KEY, body: bytes() },
    run: ({ keys, secret, body }) => {
      if (keys.length === 0) refuse('REP-14', 'an answer without any mix');
      return { message: hex(readAnswer(keys, secret, body)) };
    },
  },

  'cascade.receive': {
    capability: 'cascade.receive',
    fields: { suite: SUITE, secret: KEY, receiver: NUMBER, body: bytes() },
    run: ({ secret, receiver, body }) => {
      const letter = openOrNull(secret, letterInfo(receiver), body) ?? refuse('CAS-7', 'the body does not open');
      return { message: hex(unpad(letter)) };
    },
  },

  'cascade.trace': {
    capability: 'cascade.trace',
    fields: { trail: list(HASH), boards: list(BOARD) },
    run: ({ trail, boards }) => {
      if (trail.length !== boards.length + 1) refuse('CAS-14', 'the trail has not one hash more than there are boards');
      for (const [i, { took, sent }] of boards.entries()) {
        if (!took.some((hash) => hash.equals(trail[i]))) return { lost: 'before', position: i + 1 };
        if (!sent.some((hash) => hash.equals(trail[i + 1]))) return { lost: 'in', position: i + 1 };
      }
      return { lost: null, position: null };
    },
  },
};

// ---------------------------------------------------------------------------------------------------------------------
// Roles. `begin` gives the state; an event's `run` gets the state and the event's fields. Whatever may refuse comes
// before the first change of the state.

const SENDER_EVENTS = {
  seal: {
    fields: { destination: NUMBER, message: bytes() },
    run: (sender, { destination, message }) => {
      const body = pad(message, sender.size);
      const info = mixInfo(sender.mix, sender.epoch);
      return { sealed: hex(sealOrRefuse('MIX-26', sender.public, info, join(u32(destination), body))) };
    },
  },
};

const AUTHOR_EVENTS = {
  address: {
    fields: {},
    run: (author) => {
      const { hops, me, seed, made } = author;
      const keys = hops.map((hop, i) => replyDraw(seed, 'keys', made, i + 1));
      const mark = replyDraw(seed, 'mark', made, 0);
      const secret = replyDraw(seed, 'once', made, 0);
      const [header] = makeHeaders(REPLY, hops, keys, me, mark);
      author.awaited.set(hex(mark), { keys, secret });
      author.made += 1;
      return { address: { header: hex(header), key: hex(publicOf(secret)) } };
    },
  },

  open: {
    fields: { mark: bytes(16), body: bytes() },
    run: (author, { mark, body }) => {
      const awaited = author.awaited.get(hex(mark)) ?? refuse('REP-15', 'no answer is awaited under this mark');
      if (body.length !== author.payload) refuse('REP-14', 'the answer does not open');
      const message = readAnswer(awaited.keys, awaited.secret, body);
      author.awaited.delete(hex(mark));
      return { message: hex(message) };
    },
  },
};

const RESPONDER_EVENTS = {
  answer: {
    fields: { address: ADDRESS, message: bytes() },
    run: (responder, { address, message }) => {
      const { mixes, payload, seed } = responder;
      if (address.header.length !== headerSize(mixes, 1)) refuse('REP-8', 'not the size of a header for position 1');
      const name = hex(sha256(address.header));
      if (responder.answered.has(name)) refuse('REP-7', 'answered before');
      const padded = pad(message, payload - OVERHEAD);
      const content = sealOrRefuse('REP-6', address.key, answerInfo(), padded);
      const fill = replyDraw(seed, 'fill', responder.answered.size, 0, 16 * mixes);
      responder.answered.add(name);
      return { envelope: hex(join(address.header, content, fill)) };
    },
  },
};

const REPLY_NODE_EVENTS = {
  process: {
    fields: { envelope: bytes() },
    run: (node, { envelope }) => passedOn(node, acceptEnvelope(node, envelope)),
  },
  rekey: { fields: { epoch: LONG, secret: KEY }, run: rekey },
};

const CASCADE_SENDER_EVENTS = {
  wrap: {
    fields: { receiver: NUMBER, public: orNull(bytes()), message: bytes() },
    run: (sender, { receiver, public: receiverKey, message }) => {
      const { hops, payload, seed, wrapped } = sender;
      const dummy = receiverKey === null;
      if (dummy && receiver !== NOBODY) refuse('CAS-6', 'no public key of the receiver');
      if (!dummy && receiver === NOBODY) refuse('CAS-6', 'a message to nobody');
      if (dummy && message.length > 0) refuse('CAS-6', 'a dummy with a message');
      const letter = dummy
        ? replyDraw(seed, 'fill', wrapped, 0, payload)
        : sealOrRefuse('CAS-3', receiverKey, letterInfo(receiver), pad(message, payload - OVERHEAD));
      const keys = hops.map((hop, i) => replyDraw(seed, 'keys', wrapped, i + 1));
      const mark = replyDraw(seed, 'mark', wrapped, 0);
      const headers = makeHeaders(FORWARD, hops, keys, receiver, mark);
      const bodies = [letter];
      for (let i = hops.length - 1; i >= 0; i -= 1) bodies.unshift(lockBody(keys[i], bodies[0]));
      const envelopes = headers.map((header, i) => join(header, bodies[i]));
      sender.wrapped += 1;
      return { envelope: hex(envelopes[0]), trail: envelopes.map((envelope) => hex(sha256(envelope))) };
    },
  },
};

const hashesInOrder = (hashes) => [...hashes].sort(Buffer.compare).map(hex);

const NOTHING_LEAVES = () => ({ sends: [], delivers: [], board: null });

const deliveryOf = (item) => ({ ...coreOf(item.subarray(0, 20)), body: hex(item.subarray(20)) });

const flush = (node) => {
  const { rule, order, seed } = node;
  node.flushes += 1;
  const { taken, left } = chooseLeaving(rule, node.held, seed, node.flushes);
  const batch = putInOrder(order, taken, seed, node.flushes);
  const board = { took: hashesInOrder(node.took), sent: hashesInOrder(batch.map(sha256)) };
  node.held = left;
  node.took = [];
  if (node.position < node.mixes) return { sends: batch.map(hex), delivers: [], board };
  const delivers = batch.map(deliveryOf).filter((delivery) => delivery.destination !== NOBODY);
  return { sends: [], delivers, board };
};

const itemSize = (node) => envelopeSize(node.mixes, node.position + 1, node.payload);

const hold = (node, item) => {
  node.held.push(item);
  if (!RULES[node.rule.kind].atArrival(node.rule, node.held.length)) return NOTHING_LEAVES();
  node.timer = 0;
  return flush(node);
};

const CASCADE_NODE_EVENTS = {
  arrive: {
    fields: { envelope: bytes() },
    run: (node, { envelope }) => {
      const { rest, body } = acceptEnvelope(node, envelope);
      node.took.push(sha256(envelope));
      return hold(node, join(rest, body));
    },
  },

  insert: {
    fields: { item: bytes() },
    run: (node, { item }) => {
      if (item.length !== itemSize(node)) refuse('MIX-4', 'an item of another size');
      return hold(node, item);
    },
  },

  tick: {
    fields: {},
    run: (node) => {
      if (node.rule.period === undefined) return NOTHING_LEAVES();
      node.timer += 1;
      if (node.timer < node.rule.period) return NOTHING_LEAVES();
      node.timer = 0;
      return RULES[node.rule.kind].atPeriodEnd(node.rule, node.held.length) ? flush(node) : NOTHING_LEAVES();
    },
  },

  rekey: { fields: { epoch: LONG, secret: KEY }, run: rekey },
};

const ROLES = {
  'mix.sender': {
    fields: { suite: SUITE, public: bytes(), mix: NUMBER, epoch: LONG, size: COUNT },
    begin: (params) => {
      if (params.size === 0) refuse('MIX-28', 'a size of 0');
      return params;
    },
    events: SENDER_EVENTS,
  },

  'reply.author': {
    fields: { suite: SUITE, hops: HOPS, payload: COUNT, me: NUMBER, seed: SEED },
    begin: (params) => {
      checkRow(params.hops.length, params.payload);
      return { ...params, made: 0, awaited: new Map() };
    },
    events: AUTHOR_EVENTS,
  },

  'reply.responder': {
    fields: { suite: SUITE, mixes: BYTE, payload: COUNT, seed: SEED },
    begin: (params) => {
      checkRow(params.mixes, params.payload);
      return { ...params, answered: new Set() };
    },
    events: RESPONDER_EVENTS,
  },

  'reply.node': {
    fields: { suite: SUITE, secret: KEY, mix: NUMBER, epoch: LONG, position: BYTE, mixes: BYTE, payload: COUNT },
    begin: (params) => {
      checkRow(params.mixes, params.payload);
      checkPosition(params.position, params.mixes);
      return { ...params, seen: new Set() };
    },
    events: REPLY_NODE_EVENTS,
  },

  'cascade.sender': {
    fields: { suite: SUITE, hops: HOPS, payload: COUNT, seed: SEED },
    begin: (params) => {
      checkRow(params.hops.length, params.payload);
      const numbers = new Set(params.hops.map((hop) => hop.mix));
      if (numbers.size !== params.hops.length) refuse('CAS-1', 'a mix stands twice in the row');
      return { ...params, wrapped: 0 };
    },
    events: CASCADE_SENDER_EVENTS,
  },

  'cascade.node': {
    fields: {
      suite: SUITE, secret: KEY, mix: NUMBER, epoch: LONG, position: BYTE, mixes: BYTE, payload: COUNT,
      rule: RULE, order: oneOf('uniform', 'lexicographic'), pool: list(bytes()), seed: SEED,
    },
    begin: (params) => {
      checkRow(params.mixes, params.payload);
      checkPosition(params.position, params.mixes);
      checkRule(params.rule);
      if (params.pool.length !== (params.rule.pool ?? 0)) refuse('CAS-11', 'not as many items as the pool has places');
      if (params.pool.some((item) => item.length !== itemSize(params))) refuse('MIX-4', 'an item of another size');
      return { ...params, held: params.pool, took: [], seen: new Set(), timer: 0, flushes: 0 };
    },
    events: CASCADE_NODE_EVENTS,
  },
};

const CAPABILITIES = [...new Set([
  ...Object.values(OPERATIONS).map((operation) => operation.capability),
  ...Object.keys(ROLES),
  'mix.x25519', 'reply.x25519', 'cascade.x25519',
  'reply.own', 'cascade.own',
  ...Object.keys(RULES).map((kind) => `mix.${kind}`),
])].sort();

// ---------------------------------------------------------------------------------------------------------------------
// Questions and answers

const lookUp = (table, name) => {
  if (!Object.hasOwn(table, name)) throw new Unsupported(name);
  return table[name];
};

// A suite that this program does not have is `unsupported` before anything else is looked at (HP-12).
const checkSuite = (name, fields) => {
  const suite = isObject(fields) ? fields.suite : undefined;
  if (suite === 'mlkem768-x25519') throw new Unsupported(`${name.split('.')[0]}.${suite}`);
};

// What became of a question or event, as a member of the answer.
const outcome = (work) => {
  try {
    return work();
  } catch (failure) {
    if (failure instanceof Refusal) return { reject: { clause: failure.clause, reason: failure.message } };
    if (failure instanceof Unsupported) return { unsupported: failure.message };
    return { error: { message: String(failure?.message ?? failure) } };
  }
};

const subjects = new Map();

const describe = () => ({
  hp: 1,
  impl: { name: 'sealed', version: '1.0', language: 'javascript' },
  capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, {}])),
});

const runOperation = (question) => {
  const operation = lookUp(OPERATIONS, question.op);
  const has = Object.hasOwn(operation.fields, 'suite');
  if (has) checkSuite(question.op, question.in);
  return { out: operation.run(object(operation.fields)(question.in, 'in')) };
};

const start = (question) => {
  const role = lookUp(ROLES, question.role);
  checkSuite(question.role, question.params);
  const subject = text(question.subject, 'subject');
  if (subjects.has(subject)) refuse('HP-20', 'the subject is running');
  const state = role.begin(object(role.fields)(question.params, 'params'));
  subjects.set(subject, { events: role.events, state });
  return { out: {} };
};

const runningSubject = (question) => {
  const name = text(question.subject, 'subject');
  return subjects.get(name) ?? refuse('HP-21', 'no such subject is running');
};

const runEvent = ({ events, state }, event) => {
  if (!isObject(event) || Object.keys(event).length !== 1) malformed('event', 'not an object with exactly one member');
  const [[name, fields]] = Object.entries(event);
  const known = lookUp(events, name);
  return { out: known.run(state, object(known.fields)(fields, name)) };
};

const runEvents = (question) => {
  const subject = runningSubject(question);
  if (!Array.isArray(question.events)) malformed('events', 'not a list');
  return { results: question.events.map((event) => outcome(() => runEvent(subject, event))) };
};

const stop = (question) => {
  runningSubject(question);
  subjects.delete(question.subject);
  return { out: {} };
};

const answer = (question) => {
  switch (question.cmd) {
    case 'describe': return describe();
    case 'run': return Object.hasOwn(question, 'op') ? runOperation(question) : runEvents(question);
    case 'start': return start(question);
    case 'stop': return stop(question);
    default: throw new Unsupported(String(question.cmd));
  }
};

const answerLine = (line) => {
  let id = null;
  const result = outcome(() => {
    const question = JSON.parse(line);
    id = question?.id ?? null;
    return answer(question);
  });
  const written = JSON.stringify({ id, ...result });
  if (Buffer.byteLength(written) < LONGEST_LINE) return written;
  return JSON.stringify({ id, error: { message: 'the answer is too long' } });
};

// ---------------------------------------------------------------------------------------------------------------------
// Lines: only the byte 0a ends one

const LINE_FEED = 0x0a;
let pending = []; // pieces of a line whose end has not come

const takeLine = (piece) => {
  const line = join(...pending, piece).toString('utf8');
  pending = [];
  process.stdout.write(`${answerLine(line)}\n`);
};

process.stdin.on('data', (chunk) => {
  let from = 0;
  for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
    takeLine(chunk.subarray(from, end));
    from = end + 1;
  }
  if (from < chunk.length) pending.push(chunk.subarray(from));
});

process.stdin.on('end', () => {
  if (pending.length > 0) takeLine(EMPTY);
});

process.stdout.on('error', () => process.exit(1));
