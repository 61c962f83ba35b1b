// sgmix over the harness protocol HP/1: one JSON question a line on standard input, one JSON answer a line on
// standard output. Written from harness.md and sgmix.md alone. Node 20, no packages.

import { createHash } from 'node:crypto';

const LAST_MOMENT = 2 ** 53 - 1; // the last moment that a clock shows
const LONGEST_LINE = 2 ** 24; // bytes, the line feed included
const LARGEST_MEAN = 2 ** 40; // for mean, gap, fastest, slowest and skew
const LN2 = 12786308645202655659n; // the natural logarithm of 2, times 2^64

const CAPABILITIES = ['sgmix.chances', 'sgmix.delay', 'sgmix.node', 'sgmix.plan', 'sgmix.resume'];

// A refusal, thrown; everything else that is thrown is a failure of this program.
class Refusal extends Error {
  constructor(clause, reason) {
    super(reason);
    this.clause = clause;
  }
}

function refuse(clause, reason) {
  throw new Refusal(clause, reason);
}

function malformed(reason) {
  refuse('HP-15', reason);
}

// ---------------------------------------------------------------------------------------------------------------
// Kinds of values (HP-15). A kind is a function of a value and its place that refuses what is malformed.

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function integer(least, most) {
  return (value, where) => {
    if (!Number.isInteger(value)) malformed(`${where}: not an integer`);
    if (value < least || value > most) malformed(`${where}: not in ${least} ... ${most}`);
  };
}

// Bytes of any length, or of exactly `length` bytes.
function bytes(length) {
  return (value, where) => {
    if (typeof value !== 'string') malformed(`${where}: not text`);
    if (value.length % 2 !== 0 || /[^0-9a-f]/.test(value)) malformed(`${where}: not lowercase hexadecimal`);
    if (length !== undefined && value.length !== 2 * length) malformed(`${where}: not ${length} bytes`);
  };
}

function text(value, where) {
  if (typeof value !== 'string') malformed(`${where}: not text`);
}

function oneOf(...words) {
  return (value, where) => {
    if (!words.includes(value)) malformed(`${where}: not one of ${words.join(', ')}`);
  };
}

function list(least, most, kind) {
  return (value, where) => {
    if (!Array.isArray(value)) malformed(`${where}: not a list`);
    if (value.length < least || value.length > most) malformed(`${where}: not ${least} to ${most} of them`);
    value.forEach((item, index) => kind(item, `${where}.${index}`));
  };
}

// An object with exactly the fields of the table.
function fields(table) {
  return (value, where) => {
    if (!isObject(value)) malformed(`${where}: missing, or not an object`);
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(table, name)) malformed(`${where}: has a member that is not in the table`);
    }
    for (const name of Object.keys(table)) {
      if (!Object.hasOwn(value, name)) malformed(`${where}.${name}: missing`);
      table[name](value[name], `${where}.${name}`);
    }
  };
}

const time = integer(0, LAST_MOMENT);
const mean = integer(1, LARGEST_MEAN);
const bound = integer(0, LARGEST_MEAN);

// ---------------------------------------------------------------------------------------------------------------
// The delay

// SGM-1: the labelled draw, 8 bytes.
function labelledDraw(seed, number, hop) {
  const place = Buffer.alloc(12);
  place.writeBigUInt64BE(BigInt(number), 0);
  place.writeUInt32BE(hop, 8);
  return createHash('shake256', { outputLength: 8 })
    .update(Buffer.from(seed, 'hex'))
    .update(Buffer.from([0]))
    .update('delay', 'ascii')
    .update(place)
    .digest('hex');
}

// SGM-2 and SGM-3: from 8 bytes and a mean to a delay, a BigInt.
function delayOf(data, meanOfHop) {
  const v = BigInt('0x' + data) + 1n;
  const d = v.toString(2).length;
  let m = d === 65 ? v / 2n : v << BigInt(64 - d);
  let f = 0n;
  for (let round = 0; round < 56; round += 1) {
    const square = m * m;
    const b = square >= 1n << 127n ? 1n : 0n;
    m = square >> (63n + b);
    f = 2n * f + b;
  }
  const e = (BigInt(65 - d) << 56n) - f;
  const x = (e * LN2) >> 64n;
  return (BigInt(meanOfHop) * x) >> 56n;
}

// ---------------------------------------------------------------------------------------------------------------
// The plan

function plan({ seed, number, start, hops, occupancy, fastest, slowest, skew }) {
  if (fastest > slowest) refuse('SGM-5', 'fastest is more than slowest');
  for (const hop of hops) {
    if (BigInt(hop.mean) < BigInt(occupancy) * BigInt(hop.gap)) refuse('SGM-4', 'a mean is less than occupancy times gap');
  }

  const instructions = [];
  let sent = BigInt(start); // start plus the delays at all hops before this one
  let end = 0n; // latest plus delay, at this hop
  hops.forEach((hop, index) => {
    const place = index + 1;
    const delay = delayOf(labelledDraw(seed, number, place), hop.mean);
    let earliest = sent + BigInt(place) * BigInt(fastest) - BigInt(skew);
    if (earliest < 0n) earliest = 0n;
    const latest = sent + BigInt(place) * BigInt(slowest) + BigInt(skew);
    instructions.push({ delay: Number(delay), earliest: Number(earliest), latest: Number(latest) });
    end = latest + delay;
    sent += delay;
  });
  if (end > BigInt(LAST_MOMENT)) refuse('SGM-8', 'the last message could leave after the clock ends');
  return { instructions };
}

// ---------------------------------------------------------------------------------------------------------------
// The chances

function gcd(a, b) {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

// The product of two fractions, each [numerator, denominator] in lowest terms, in lowest terms.
function times([a, b], [c, d]) {
  const p = gcd(a, d);
  const q = gcd(c, b);
  return [(a / p) * (c / q), (b / q) * (d / p)];
}

// A departure with k held takes 1/k of the weight of each arrival before it, so the weight of an arrival just before
// the last departure is the product of 1 - 1/k over the departures between the two. Walking back from the last
// departure gives all these products one after the other.
function origin({ events }) {
  const heldAt = []; // at each event, how many messages were held just before it
  let held = 0;
  for (const event of events) {
    heldAt.push(held);
    if (event === 'departure' && held === 0) refuse('SGM-19', 'a message leaves while none is held');
    held += event === 'arrival' ? 1 : -1;
  }
  const last = events.lastIndexOf('departure');
  if (last < 0) refuse('SGM-19', 'no message leaves');

  const chances = [];
  for (let i = events.length - 1; i > last; i -= 1) chances.unshift('0/1');
  let chance = [1n, BigInt(heldAt[last])];
  let asText = chance.join('/');
  for (let i = last - 1; i >= 0; i -= 1) {
    if (events[i] === 'arrival') {
      chances.unshift(asText);
    } else {
      const k = BigInt(heldAt[i]);
      chance = times(chance, [k - 1n, k]);
      asText = chance.join('/');
    }
  }
  return { chances };
}

// ---------------------------------------------------------------------------------------------------------------
// The mix

class Mix {
  constructor(size) {
    this.size = size;
    this.now = 0; // the first moment that is not over
    this.held = []; // {due, message}
    this.taken = new Map(); // digest of a message taken -> latest of its window
  }

  copy() {
    const mix = new Mix(this.size);
    mix.now = this.now;
    mix.held = this.held.slice();
    mix.taken = new Map(this.taken);
    return mix;
  }

  // Moments before `moment` are over: gives what leaves in them and forgets windows that have passed.
  advance(moment) {
    const sends = this.held.filter((one) => one.due < moment);
    this.held = this.held.filter((one) => one.due >= moment);
    sends.sort((a, b) => a.due - b.due || (a.message < b.message ? -1 : 1));
    for (const [digest, latest] of this.taken) {
      if (latest < moment) this.taken.delete(digest);
    }
    this.now = moment;
    return { sends: sends.map(({ due, message }) => ({ at: due, message })) };
  }

  arrive({ at, message, delay, earliest, latest }) {
    if (at < this.now) refuse('SGM-9', 'this moment is over');
    if (message.length !== 2 * this.size) refuse('SGM-10', 'a message of another size');
    if (at < earliest || at > latest) refuse('SGM-11', 'not in its window');
    const digest = digestOf(message);
    if (this.taken.get(digest) >= at) refuse('SGM-12', 'this message was taken before');

    const out = this.advance(at);
    // A sum above LAST_MOMENT may be rounded, but stays above it: that message is held for ever.
    this.held.push({ due: at + delay, message });
    this.taken.set(digest, latest);
    return out;
  }

  wait({ at }) {
    if (at < this.now) refuse('SGM-9', 'this moment is over');
    return this.advance(at + 1);
  }

  writeDown() {
    return { record: recordOf(this) };
  }

  restart() {
    const mix = mixOf(recordOf(this));
    this.size = mix.size;
    this.now = mix.now;
    this.held = mix.held;
    this.taken = mix.taken;
    return {};
  }
}

function digestOf(message) {
  return createHash('sha256').update(message, 'ascii').digest('hex');
}

// A record is "sgmix1", the SHA-256 of the rest, and the state as JSON, divided by spaces.
function recordOf(mix) {
  const body = JSON.stringify([mix.size, mix.now, mix.held.map((one) => [one.due, one.message]), [...mix.taken]]);
  return `sgmix1 ${checksum(body)} ${body}`;
}

function checksum(body) {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}

// SGM-17: the mix of a record.
function mixOf(record) {
  const parts = /^sgmix1 ([0-9a-f]{64}) /.exec(record);
  if (parts === null) refuse('SGM-17', 'not a record');
  const body = record.slice(parts[0].length);
  if (checksum(body) !== parts[1]) refuse('SGM-17', 'a record that was cut or changed');
  const [size, now, held, taken] = JSON.parse(body);
  const mix = new Mix(size);
  mix.now = now;
  mix.held = held.map(([due, message]) => ({ due, message }));
  mix.taken = new Map(taken);
  return mix;
}

// ---------------------------------------------------------------------------------------------------------------
// Tables of operations, roles and events

const operations = new Map([
  ['sgmix.draw', {
    takes: fields({ seed: bytes(32), number: time, hop: integer(1, 2 ** 32 - 1) }),
    answer: ({ seed, number, hop }) => ({ data: labelledDraw(seed, number, hop) }),
  }],
  ['sgmix.delay', {
    takes: fields({ data: bytes(8), mean }),
    answer: (question) => ({ delay: Number(delayOf(question.data, question.mean)) }),
  }],
  ['sgmix.plan', {
    takes: fields({
      seed: bytes(32),
      number: time,
      start: time,
      hops: list(1, 100, fields({ mean, gap: mean })),
      occupancy: integer(1, 2 ** 20),
      fastest: bound,
      slowest: bound,
      skew: bound,
    }),
    answer: plan,
  }],
  ['sgmix.origin', {
    takes: fields({ events: list(0, 1000, oneOf('arrival', 'departure')) }),
    answer: origin,
  }],
]);

const roles = new Map([
  ['sgmix.node', { takes: fields({ size: integer(1, 2 ** 16) }), begin: ({ size }) => new Mix(size) }],
  ['sgmix.resumed', { takes: fields({ record: text }), begin: ({ record }) => mixOf(record) }],
]);

const eventKinds = new Map([
  ['arrive', {
    takes: fields({ at: time, message: bytes(), delay: time, earliest: time, latest: time }),
    happen: (mix, event) => mix.arrive(event),
  }],
  ['wait', { takes: fields({ at: time }), happen: (mix, event) => mix.wait(event) }],
  ['write_down', { takes: fields({}), happen: (mix) => mix.writeDown() }],
  ['restart', { takes: fields({}), happen: (mix) => mix.restart() }],
]);

// ---------------------------------------------------------------------------------------------------------------
// Questions and answers

const subjects = new Map(); // name -> mix

// What `work` gives, or the refusal or failure that it ends in, as members of an answer.
function outcome(work) {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof Refusal) return { reject: { clause: problem.clause, reason: problem.message } };
    return { error: { message: String(problem?.message ?? problem).split('\n')[0] } };
  }
}

function describe() {
  return {
    hp: 1,
    impl: { name: 'stranger-sgmix', version: '1.0', language: 'javascript' },
    capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, {}])),
  };
}

function runOperation(question) {
  const operation = operations.get(question.op);
  if (operation === undefined) return { unsupported: String(question.op) };
  operation.takes(question.in, 'in');
  return { out: operation.answer(question.in) };
}

function startSubject(question) {
  const role = roles.get(question.role);
  if (role === undefined) return { unsupported: String(question.role) };
  text(question.subject, 'subject');
  if (subjects.has(question.subject)) refuse('HP-20', 'a subject of this name is running');
  role.takes(question.params, 'params');
  subjects.set(question.subject, role.begin(question.params));
  return { out: {} };
}

function runningSubject(question) {
  text(question.subject, 'subject');
  const mix = subjects.get(question.subject);
  if (mix === undefined) refuse('HP-21', 'no subject of this name is running');
  return mix;
}

function runEvents(question) {
  const mix = runningSubject(question);
  if (!Array.isArray(question.events)) malformed('events: not a list');
  return { results: question.events.map((event) => outcome(() => runEvent(mix, event))) };
}

function runEvent(mix, event) {
  if (!isObject(event) || Object.keys(event).length !== 1) malformed('not an object with exactly one member');
  const name = Object.keys(event)[0];
  const kind = eventKinds.get(name);
  if (kind === undefined) return { unsupported: name };
  kind.takes(event[name], name);
  return { out: kind.happen(mix, event[name]) };
}

function stopSubject(question) {
  runningSubject(question);
  subjects.delete(question.subject);
  return { out: {} };
}

function answer(question) {
  if (question.cmd === 'describe') return describe();
  if (question.cmd === 'run' && Object.hasOwn(question, 'op')) return runOperation(question);
  if (question.cmd === 'run') return runEvents(question);
  if (question.cmd === 'start') return startSubject(question);
  if (question.cmd === 'stop') return stopSubject(question);
  return { unsupported: String(question.cmd) };
}

// The answer to one line, as text without its line feed.
function answerLine(line) {
  let question;
  try {
    question = JSON.parse(line);
  } catch {
    question = null;
  }
  if (!isObject(question)) return JSON.stringify({ id: null, error: { message: 'this line is no message' } });

  const id = question.id ?? null;
  // Kept so that a batch whose answer turns out too long can be undone (HP-5, HP-23).
  const before = question.cmd === 'run' ? subjects.get(question.subject)?.copy() : undefined;
  const written = outcome(() => ({ line: JSON.stringify({ id, ...outcome(() => answer(question)) }) }));
  if (written.line !== undefined && Buffer.byteLength(written.line) < LONGEST_LINE) return written.line;
  if (before !== undefined) subjects.set(question.subject, before);
  return JSON.stringify({ id, error: { message: 'the answer would be too long' } });
}

// Only the byte 0a ends a line. What is there of the line that is not yet complete is kept in pieces.
let pieces = [];

process.stdin.on('data', (chunk) => {
  let from = 0;
  for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
    pieces.push(chunk.subarray(from, end));
    const line = Buffer.concat(pieces).toString('utf8');
    pieces = [];
    from = end + 1;
    process.stdout.write(answerLine(line) + '\n');
  }
  if (from < chunk.length) pieces.push(chunk.subarray(from));
});

process.stdin.on('end', () => {
  // A last line without its line feed is answered as well.
  if (pieces.length > 0) process.stdout.write(answerLine(Buffer.concat(pieces).toString('utf8')) + '\n');
});

process.stdout.on('error', () => process.exit(1)); // nobody reads any more
