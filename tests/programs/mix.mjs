// A program for chapter `mix` that answers the harness protocol HP/1: one line of JSON in, one line of JSON out.
// Messages are kept as lowercase hexadecimal text throughout: equal texts are equal bytes, and the order of the
// texts is the order of the bytes.

import { createHash, randomBytes } from 'node:crypto';

const LONGEST_LINE = 2 ** 24;      // bytes of an answer, the line feed included (HP-5)
const MOST_DUMMIES = 2 ** 20;      // what this program makes at one flush before it gives up
const MOST_BYTES = 2 ** 28;        // what this program is willing to hold in one mix
const ROOM_PER_RESULT = 160;       // bytes of any result of an event, its list of messages or its record left out

// ---------------------------------------------------------------------------------------------------------------
// Refusals

class Refusal extends Error {
  constructor(clause, reason) {
    super(reason);
    this.clause = clause;
  }
}

class Unsupported extends Error {}

function malformed(where, what) {
  throw new Refusal('HP-15', `${where}: ${what}`);
}

// ---------------------------------------------------------------------------------------------------------------
// Fields: each reader takes a JSON value and its place, and returns what the program works with, or refuses

const MOST = 65535;

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(table) {
  const names = Object.keys(table);
  return (value, where) => {
    if (!isObject(value)) malformed(where, 'not an object');
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(table, name)) malformed(where, 'a member that is not in the table');
    }
    const result = {};
    for (const name of names) {
      if (!Object.hasOwn(value, name)) malformed(`${where}.${name}`, 'missing');
      result[name] = table[name](value[name], `${where}.${name}`);
    }
    return result;
  };
}

function integer(most) {
  return (value, where) => {
    if (!Number.isInteger(value)) malformed(where, 'not an integer');
    if (value < 0 || value > most) malformed(where, 'outside the limits');
    return value;
  };
}

function bytes(length) {
  return (value, where) => {
    if (typeof value !== 'string' || !/^[0-9a-f]*$/.test(value)) malformed(where, 'not lowercase hexadecimal');
    if (value.length % 2 !== 0) malformed(where, 'an odd number of digits');
    if (length !== undefined && value.length !== 2 * length) malformed(where, `not ${length} bytes`);
    return value;
  };
}

function list(reader) {
  return (value, where) => {
    if (!Array.isArray(value)) malformed(where, 'not a list');
    return value.map((element, place) => reader(element, `${where}.${place}`));
  };
}

function oneOf(...texts) {
  return (value, where) => {
    if (!texts.includes(value)) malformed(where, 'none of those in the table');
    return value;
  };
}

function orNull(reader) {
  return (value, where) => (value === null ? null : reader(value, where));
}

function text(value, where) {
  if (typeof value !== 'string') malformed(where, 'not text');
  return value;
}

function truth(value, where) {
  if (typeof value !== 'boolean') malformed(where, 'not true or false');
  return value;
}

function divisor(a, b) {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function fraction(value, where) {
  const parts = typeof value === 'string' ? /^(0|[1-9][0-9]*)\/([1-9][0-9]*)$/.exec(value) : null;
  if (parts === null) malformed(where, 'not a fraction');
  const above = BigInt(parts[1]);
  const below = BigInt(parts[2]);
  if (divisor(above, below) !== 1n) malformed(where, 'not in lowest terms');
  return { above, below };
}

// An object whose member `by` says which other members it has.
function variant(by, tables) {
  const readers = new Map(Object.entries(tables).map(([name, table]) => [name, record({ [by]: text, ...table })]));
  return (value, where) => {
    if (!isObject(value)) malformed(where, 'not an object');
    const reader = Object.hasOwn(value, by) ? readers.get(value[by]) : undefined;
    if (reader === undefined) malformed(`${where}.${by}`, 'none of those in the table');
    return reader(value, where);
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Draws

const NAMES = ['take', 'coin', 'sort', 'pool', 'exit', 'fake'];

function labelled(seed, name, flush, number, length) {
  if (length === 0) return Buffer.alloc(0);
  const input = Buffer.alloc(53);            // seed, 00, name, flush, number
  input.write(seed, 0, 'hex');
  input.write(name, 33, 'latin1');
  input.writeBigUInt64BE(BigInt(flush), 37);
  input.writeBigUInt64BE(BigInt(number), 45);
  return createHash('shake256', { outputLength: length }).update(input).digest();
}

function asInteger(draw) {
  return draw.readBigUInt64BE(0);
}

function choice(d, places) {
  return Number((d * BigInt(places)) >> 64n);
}

function coinFalls(d, chance) {
  return d < (chance.above << 64n) / chance.below;
}

// Takes `count` of the messages, out of the list itself; `draw` gives the draw of a number.
function take(messages, count, draw) {
  const taken = [];
  for (let number = 0; number < count; number++) {
    const place = choice(draw(number), messages.length);
    taken.push(messages[place]);
    const last = messages.pop();
    if (place < messages.length) messages[place] = last;
  }
  return taken;
}

// ---------------------------------------------------------------------------------------------------------------
// Rules

const threshold = integer(MOST);
const period = integer(MOST);
const pool = integer(MOST);
const chances = list(fraction);
const COTTRELL = { period, threshold, pool, fraction };

const readRule = variant('kind', {
  'threshold': { threshold },
  'timed': { period },
  'threshold-or-timed': { threshold, period },
  'threshold-and-timed': { threshold, period },
  'threshold-pool': { threshold, pool },
  'timed-pool': { period, pool },
  'cottrell-r1': COTTRELL,
  'cottrell-r2': COTTRELL,
  'cottrell-r3': COTTRELL,
  'cottrell-r4': COTTRELL,
  'binomial': { period, chances },
});

const KINDS = ['threshold', 'timed', 'threshold-or-timed', 'threshold-and-timed', 'threshold-pool', 'timed-pool',
  'cottrell-r1', 'cottrell-r2', 'cottrell-r3', 'cottrell-r4', 'binomial'];

function firesAtArrival(rule, held) {
  switch (rule.kind) {
    case 'threshold':
    case 'threshold-or-timed': return held >= rule.threshold;
    case 'threshold-pool': return held >= rule.pool + rule.threshold;
    default: return false;
  }
}

function firesAtPeriodEnd(rule, held) {
  switch (rule.kind) {
    case 'timed':
    case 'threshold-or-timed':
    case 'binomial': return true;
    case 'threshold-and-timed': return held >= rule.threshold;
    case 'timed-pool': return held > rule.pool;
    case 'cottrell-r1':
    case 'cottrell-r2':
    case 'cottrell-r3':
    case 'cottrell-r4': return held >= rule.threshold + rule.pool;
    default: return false;
  }
}

function part(rule, number) {
  const result = (rule.fraction.above * BigInt(number)) / rule.fraction.below;
  return Number(result);
}

// How many leave of so many held, when the mix fires; not for binomial.
function quotaOf(rule, held) {
  const beyond = held - rule.pool;
  switch (rule.kind) {
    case 'threshold-pool':
    case 'timed-pool': return beyond;
    case 'cottrell-r1': return Math.max(1, part(rule, beyond));
    case 'cottrell-r2':
    case 'cottrell-r3': return Math.min(beyond, part(rule, held));
    case 'cottrell-r4': return Math.min(beyond, Math.max(1, part(rule, held)));
    default: return held;
  }
}

function above1(f) {
  return f.above > f.below;
}

function checkRule(rule) {
  if (['threshold', 'threshold-or-timed', 'threshold-and-timed'].includes(rule.kind) && rule.threshold < 2) {
    throw new Refusal('MIX-1', 'a threshold below 2');
  }
  for (const name of ['threshold', 'period', 'pool']) {
    if (rule[name] === 0) throw new Refusal('MIX-2', `a ${name} of 0`);
  }
  if (rule.fraction !== undefined) {
    if (rule.fraction.above === 0n) throw new Refusal('MIX-3', 'a fraction of 0');
    if (above1(rule.fraction)) throw new Refusal('MIX-3', 'a fraction above 1');
    if (rule.kind === 'cottrell-r3' && 100n % rule.fraction.below !== 0n) {
      throw new Refusal('MIX-3', 'not whole percent');
    }
  }
  if (rule.chances !== undefined) {
    if (rule.chances.length === 0) throw new Refusal('MIX-3', 'no chances');
    if (rule.chances.some(above1)) throw new Refusal('MIX-3', 'a chance above 1');
    if (rule.chances.at(-1).above === 0n) throw new Refusal('MIX-3', 'chances that end with 0');
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Dummies

const readLaw = variant('law', {
  constant: { count: integer(MOST) },
  geometric: { again: fraction },
  binomial: { trials: integer(MOST), chance: fraction },
});

const readDummies = record({ pool: readLaw, output: readLaw });

function checkLaw(law) {
  if (law.law === 'geometric' && law.again.above >= law.again.below) {
    throw new Refusal('MIX-22', 'again is 1 or more');
  }
  if (law.law === 'binomial' && above1(law.chance)) {
    throw new Refusal('MIX-22', 'chance is above 1');
  }
}

// How many dummies the law makes; `coin` gives the draw of the coin of a number.
function dummiesOf(law, coin) {
  let fallen = 0;
  switch (law.law) {
    case 'constant':
      return law.count;
    case 'geometric':
      while (coinFalls(coin(fallen), law.again)) {
        fallen++;
        if (fallen > MOST_DUMMIES) throw new Error('more dummies than this program makes');
      }
      return fallen;
    default: // binomial
      for (let number = 0; number < law.trials; number++) {
        if (coinFalls(coin(number), law.chance)) fallen++;
      }
      return fallen;
  }
}

// ---------------------------------------------------------------------------------------------------------------
// A mix

const readParams = record({
  rule: readRule,
  size: integer(MOST),
  order: oneOf('uniform', 'lexicographic'),
  dummies: readDummies,
  seed: orNull(bytes(32)),
});

// `raw` are the params as they came, which is how a record keeps them.
function newMix(raw, where) {
  const { rule, size, order, dummies, seed } = readParams(raw, where);
  checkRule(rule);
  if (size === 0) throw new Refusal('MIX-4', 'a size of 0');
  checkLaw(dummies.pool);
  checkLaw(dummies.output);
  return { raw, rule, size, order, dummies, seed, held: [], seen: new Set(), timer: 0, flushes: 0 };
}

function beginMix(raw, where) {
  const mix = newMix(raw, where);
  const draw = drawsOf(mix, 0);
  mix.held = makeDummies(mix, draw, 0, mix.rule.pool ?? 0);
  return mix;
}

// The draws of one flush: (name, number, length in bytes) to bytes.
function drawsOf(mix, flush) {
  if (mix.seed === null) return (name, number, length) => randomBytes(length);
  return (name, number, length) => labelled(mix.seed, name, flush, number, length);
}

function makeDummies(mix, draw, first, count) {
  if (count * mix.size > MOST_BYTES) throw new Error('more dummies than this program can hold');
  const made = [];
  for (let i = 0; i < count; i++) made.push(draw('fake', first + i, mix.size).toString('hex'));
  return made;
}

// One flush of all in `held`, which the caller gives away; the mix itself is left as it is. `room` is how many bytes
// of the answer are left for the batch.
function flushed(mix, held, room) {
  const draw = drawsOf(mix, mix.flushes + 1);
  const drawn = (name) => (number) => asInteger(draw(name, number, 8));

  // 1. dummies for the pool
  const forPool = dummiesOf(mix.dummies.pool, drawn('pool'));
  for (const dummy of makeDummies(mix, draw, 0, forPool)) held.push(dummy);
  if (held.length * mix.size > MOST_BYTES) throw new Error('more messages than this program can hold');

  // 2. those that leave, and those that stay
  let leaving;
  let staying;
  if (mix.rule.kind === 'binomial') {
    const chance = mix.rule.chances[Math.min(held.length, mix.rule.chances.length - 1)];
    const coin = drawn('coin');
    leaving = [];
    staying = [];
    held.forEach((message, place) => (coinFalls(coin(place), chance) ? leaving : staying).push(message));
  } else {
    leaving = take(held, quotaOf(mix.rule, held.length), drawn('take'));
    staying = held;
  }

  // 3. dummies for the output
  const forOutput = dummiesOf(mix.dummies.output, drawn('exit'));
  if ((leaving.length + forOutput) * (2 * mix.size + 3) > room) throw new Error('the batch is too long for a line');
  const batch = leaving.concat(makeDummies(mix, draw, forPool, forOutput));

  // 4. the order
  const sends = mix.order === 'lexicographic' ? batch.sort() : take(batch, batch.length, drawn('sort'));
  return { sends, staying };
}

// The memory keeps short messages themselves, and of long ones the hash.
function remembered(message) {
  return message.length <= 64 ? message : createHash('sha256').update(message).digest('hex');
}

// Nothing of the mix changes before all that may fail is done (HP-23).
function arrive(mix, { message }, room) {
  if (message.length !== 2 * mix.size) throw new Refusal('MIX-4', `not ${mix.size} bytes`);
  const key = remembered(message);
  if (mix.seen.has(key)) throw new Refusal('MIX-5', 'accepted before');
  let sends = [];
  if (firesAtArrival(mix.rule, mix.held.length + 1)) {
    const flush = flushed(mix, [...mix.held, message], room);
    sends = flush.sends;
    mix.held = flush.staying;
    mix.flushes++;
    mix.timer = 0;
  } else {
    mix.held.push(message);
  }
  mix.seen.add(key);
  return { sends };
}

function tick(mix, fields, room) {
  if (mix.rule.period === undefined) return { sends: [] };
  if (mix.timer + 1 < mix.rule.period) {
    mix.timer++;
    return { sends: [] };
  }
  let sends = [];
  if (firesAtPeriodEnd(mix.rule, mix.held.length)) {
    const flush = flushed(mix, mix.held.slice(), room);
    sends = flush.sends;
    mix.held = flush.staying;
    mix.flushes++;
  }
  mix.timer = 0;    // whether or not it fired
  return { sends };
}

function newKey(mix) {
  mix.seen.clear();
  return {};
}

// A record is the text `mix-record-1`, the hash of the rest, and the state in JSON, with a space between them.
const MARK = 'mix-record-1';

function hashOf(state) {
  return createHash('sha256').update(`${MARK} ${state}`).digest('hex');
}

function writeDown(mix, fields, room) {
  const state = JSON.stringify({
    params: mix.raw,
    held: mix.held,
    seen: [...mix.seen],
    timer: mix.timer,
    flushes: mix.flushes,
  });
  const written = `${MARK} ${hashOf(state)} ${state}`;
  if (Buffer.byteLength(JSON.stringify(written)) > room) throw new Error('the record is too long for a line');
  return { record: written };
}

function resumeMix(written) {
  const start = `${MARK} `.length;
  const state = written.slice(start + 65);
  if (written !== `${MARK} ${hashOf(state)} ${state}`) throw new Refusal('MIX-25', 'not a record of this program');
  const { params, held, seen, timer, flushes } = JSON.parse(state);
  return { ...newMix(params, 'record'), held, seen: new Set(seen), timer, flushes };
}

function restart(mix, fields, room) {
  Object.assign(mix, resumeMix(writeDown(mix, fields, room).record));
  return {};
}

// ---------------------------------------------------------------------------------------------------------------
// Operations, roles and events

const readEmpty = record({});

const OPERATIONS = new Map(Object.entries({
  'mix.fires': {
    takes: record({ rule: readRule, held: integer(MOST), at_arrival: truth }),
    gives({ rule, held, at_arrival }) {
      return { fires: at_arrival ? firesAtArrival(rule, held) : firesAtPeriodEnd(rule, held) };
    },
  },
  'mix.quota': {
    takes: record({ rule: readRule, held: integer(MOST) }),
    gives({ rule, held }) {
      if (rule.kind === 'binomial') throw new Refusal('MIX-13', 'a binomial mix has no quota');
      const quota = firesAtArrival(rule, held) || firesAtPeriodEnd(rule, held) ? quotaOf(rule, held) : 0;
      if (quota > 2 ** 53) throw new Error('a quota above 2^53 cannot be written');
      return { quota };
    },
  },
  'mix.take': {
    takes: record({ messages: list(bytes()), draws: list(bytes(8)) }),
    gives({ messages, draws }) {
      if (draws.length > messages.length) throw new Refusal('MIX-15', 'more draws than messages');
      const left = messages.slice();
      const taken = take(left, draws.length, (number) => BigInt(`0x${draws[number]}`));
      return { taken, left };
    },
  },
  'mix.count': {
    takes: record({ law: readLaw, coins: list(bytes(8)) }),
    gives({ law, coins }) {
      checkLaw(law);
      const count = dummiesOf(law, (number) => {
        if (number === coins.length) throw new Refusal('MIX-19', 'fewer coins than the law tosses');
        return BigInt(`0x${coins[number]}`);
      });
      return { count };
    },
  },
  'mix.draw': {
    takes: record({
      seed: bytes(32),
      name: oneOf(...NAMES),
      flush: integer(Number.MAX_SAFE_INTEGER),
      place: integer(Number.MAX_SAFE_INTEGER),
      size: integer(MOST),
    }),
    gives({ seed, name, flush, place, size }) {
      return { data: labelled(seed, name, flush, place, name === 'fake' ? size : 8).toString('hex') };
    },
  },
}));

const readResumed = record({ record: text });

const ROLES = new Map(Object.entries({
  'mix.node': (params) => beginMix(params, 'params'),
  'mix.resumed': (params) => resumeMix(readResumed(params, 'params').record),
}));

const EVENTS = new Map(Object.entries({
  arrive: { takes: record({ message: bytes() }), does: arrive },
  tick: { takes: readEmpty, does: tick },
  new_key: { takes: readEmpty, does: newKey },
  write_down: { takes: readEmpty, does: writeDown },
  restart: { takes: readEmpty, does: restart },
}));

const CAPABILITIES = ['mix.rule', 'mix.shuffle', 'mix.dummies', 'mix.draw', 'mix.node', 'mix.own', 'mix.resume',
  ...KINDS.map((kind) => `mix.${kind}`)];

// ---------------------------------------------------------------------------------------------------------------
// Questions

const subjects = new Map();

function describe() {
  return {
    hp: 1,
    impl: { name: 'stranger-mix', version: '1.0', language: 'javascript' },
    capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, {}])),
  };
}

function known(map, name) {
  if (!map.has(name)) throw new Unsupported(typeof name === 'string' ? name : String(JSON.stringify(name)));
  return map.get(name);
}

// What `action` returns, or how it was refused, as the members of an answer.
function outcome(action) {
  try {
    return action();
  } catch (problem) {
    if (problem instanceof Refusal) return { reject: { clause: problem.clause, reason: problem.message } };
    if (problem instanceof Unsupported) return { unsupported: problem.message };
    return { error: { message: String(problem.message).replace(/\s+/g, ' ').slice(0, 80) } };
  }
}

function runOperation(question) {
  const operation = known(OPERATIONS, question.op);
  return { out: operation.gives(operation.takes(question.in, 'in')) };
}

function start(question) {
  const begin = known(ROLES, question.role);
  const name = text(question.subject, 'subject');
  if (subjects.has(name)) throw new Refusal('HP-20', 'a subject of this name is running');
  subjects.set(name, begin(question.params));
  return { out: {} };
}

function running(question) {
  const name = text(question.subject, 'subject');
  if (!subjects.has(name)) throw new Refusal('HP-21', 'no subject of this name is running');
  return subjects.get(name);
}

function runEvents(question) {
  const mix = running(question);
  if (!Array.isArray(question.events)) malformed('events', 'not a list');
  let room = LONGEST_LINE - 1000 - ROOM_PER_RESULT * question.events.length;
  if (room < 0) throw new Error('more events than one answer can hold');
  const results = question.events.map((event) => {
    const result = outcome(() => ({ out: runEvent(mix, event, room) }));
    if (result.out?.sends) room -= result.out.sends.length * (2 * mix.size + 3);
    if (result.out?.record) room -= Buffer.byteLength(JSON.stringify(result.out.record));
    return result;
  });
  return { results };
}

function runEvent(mix, event, room) {
  const names = isObject(event) ? Object.keys(event) : [];
  if (names.length !== 1) malformed('event', 'not an object with exactly one member');
  const { takes, does } = known(EVENTS, names[0]);
  return does(mix, takes(event[names[0]], names[0]), room);
}

function stop(question) {
  running(question);
  subjects.delete(question.subject);
  return { out: {} };
}

const COMMANDS = new Map(Object.entries({
  describe,
  run: (question) => (Object.hasOwn(question, 'op') ? runOperation(question) : runEvents(question)),
  start,
  stop,
}));

function answer(line) {
  let question;
  try {
    question = JSON.parse(line);
  } catch {
    question = null;
  }
  if (!isObject(question)) return JSON.stringify({ id: null, error: { message: 'the line is not a JSON object' } });
  const id = question.id ?? null;
  const written = JSON.stringify({ id, ...outcome(() => known(COMMANDS, question.cmd)(question)) });
  if (Buffer.byteLength(written) < LONGEST_LINE) return written;
  return JSON.stringify({ id, error: { message: 'the answer is too long for a line' } });
}

// ---------------------------------------------------------------------------------------------------------------
// Lines: only the byte 0a ends one

let pieces = [];

function reply(line) {
  process.stdout.write(`${answer(line)}\n`);
}

process.stdin.on('data', (chunk) => {
  let from = 0;
  for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
    pieces.push(chunk.subarray(from, end));
    const line = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    from = end + 1;
    reply(line.toString('utf8'));
  }
  if (from < chunk.length) pieces.push(chunk.subarray(from));
});

process.stdin.on('end', () => {
  if (pieces.length > 0) reply(Buffer.concat(pieces).toString('utf8'));
});

process.stdout.on('error', () => process.exit());
