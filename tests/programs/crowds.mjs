// crowds.mjs: the chapter crowds, asked over the harness protocol HP/1.
//
// Bytes stay lowercase hexadecimal text from one end to the other: such text is canonical, so identifiers compare
// with ===. They become buffers only where they are hashed or enciphered.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

class Refusal extends Error {
  constructor(clause, reason) {
    super(reason);
    this.clause = clause;
  }
}

class Unsupported extends Error {}

// ---------------------------------------------------------------------------------------------------- The crowd

// With fewer there is nobody to hide among. CRW-1
function requireThree(count) {
  if (count < 3) throw new Refusal('CRW-1', `${count} members are fewer than three`);
}

// At 1 or more no request would ever reach the server. CRW-2
function requireEnding({ num, den }) {
  if (num >= den) throw new Refusal('CRW-2', 'forward is not below 1');
}

// All members have to count alike, and each has to count itself. CRW-3
function requireRoster(roster, me) {
  if (roster.some((member, i) => i > 0 && roster[i - 1] >= member)) {
    throw new Refusal('CRW-3', 'the roster is not strictly ascending');
  }
  if (!roster.includes(me)) throw new Refusal('CRW-3', `${me} is not on its own roster`);
}

// What a member asks of a crowd before it takes part. CRW-1, CRW-2, CRW-3
function requireCrowd({ roster, forward }, me) {
  requireThree(roster.length);
  requireEnding(forward);
  requireRoster(roster, me);
}

// ------------------------------------------------------------------------------------------------------- A path

const DRAW_BYTES = { coin: 8, next: 8, path: 16 };
const OWN_USER = 0xffffffff; // stands for the user in labels; no member has this number

const toInteger = (hex) => BigInt(`0x${hex}`);

// The member that is next, or null for the server; the initiator tosses no coin. CRW-4
function nextHop(crowd, me, first, drawn) {
  const forwards = first || coinForwards(crowd.forward, drawn('coin'));
  return forwards ? chosenMember(crowd, me, drawn('next')) : null;
}

// Whether the coin says one more hop; the bound itself belongs to the server. CRW-5
function coinForwards({ num, den }, coin) {
  return toInteger(coin) < (num << 64n) / den;
}

// The member at the drawn place among those that may be chosen. CRW-6
function chosenMember({ roster, itself }, me, next) {
  const candidates = itself ? roster : roster.filter((member) => member !== me);
  return candidates[Number((toInteger(next) * BigInt(candidates.length)) >> 64n)];
}

// One draw of a member with a seed. CRW-7
function labelledDraw({ seed, name, formation, neighbour, path }) {
  const numbers = Buffer.alloc(12);
  numbers.writeBigUInt64BE(BigInt(formation), 0);
  numbers.writeUInt32BE(neighbour ?? OWN_USER, 8);
  return createHash('shake256', { outputLength: DRAW_BYTES[name] })
    .update(seed, 'hex').update('00', 'hex')
    .update(name).update(numbers).update(path, 'hex')
    .digest('hex');
}

// One draw for a path that comes from this neighbour under this identifier. CRW-7
function draw({ seed, formation }, name, { neighbour, path }) {
  if (seed === null) return randomBytes(DRAW_BYTES[name]).toString('hex');
  return labelledDraw({ seed, name, formation, neighbour, path });
}

// A new entry of the table, with an identifier of its own towards the next hop. CRW-1, CRW-4, CRW-7, CRW-8
function formPath(jondo, back) {
  const { crowd, me, entries } = jondo;
  requireThree(crowd.roster.length);
  const first = back.neighbour === null;
  const label = first ? { neighbour: null, path: ownPathNumber(entries) } : back;
  const drawn = (name) => draw(jondo, name, label);
  const on = { neighbour: nextHop(crowd, me, first, drawn), path: drawn('path') };
  const entry = { back, on, broken: false };
  entries.push(entry);
  return entry;
}

// How many paths the own user had since the last re-formation, as 16 bytes; the table still has them all. CRW-7
function ownPathNumber(entries) {
  const count = entries.filter(({ back }) => back.neighbour === null).length;
  return count.toString(16).padStart(32, '0');
}

// A message to be sent over a link, its content as it came. CRW-8, CRW-9
function message(kind, { neighbour, path }, content) {
  return { kind, neighbour, path, content };
}

// ---------------------------------------------------------------------------------------------------- The table

const sameLink = (a, b) => a.neighbour === b.neighbour && a.path === b.path;

// A member at the moment it joins. CRW-1, CRW-2, CRW-3
function beginJondo({ crowd, me, seed }) {
  requireCrowd(crowd, me);
  return { crowd, me, seed, formation: 0, entries: [] };
}

// A request goes on along its path, which is formed if there is none. CRW-9, CRW-11
function takeRequest(jondo, { content, ...back }) {
  const existing = jondo.entries.find((entry) => !entry.broken && sameLink(entry.back, back));
  if (existing === undefined && back.neighbour !== null) requireNewPath(jondo, back);
  const entry = existing ?? formPath(jondo, back);
  return [message('request', entry.on, content)];
}

// What must hold before a path is formed for a neighbour. CRW-13, CRW-14, CRW-15, CRW-18
function requireNewPath(jondo, back) {
  requireMember(jondo, back);
  requireNotBroken(jondo, back);
  requireUncopied(jondo, back);
  requireSentIfOwn(jondo, back);
}

// The crowd is a cover for its members only. CRW-13
function requireMember({ crowd }, { neighbour }) {
  if (!crowd.roster.includes(neighbour)) throw new Refusal('CRW-13', `${neighbour} is not on the roster`);
}

// An identifier that stands in the table for another link is a copy. What a member sends to itself is the one
// identifier that stands as `on` and may come in as a request. CRW-14
function requireUncopied({ entries, me }, { neighbour, path }) {
  const copied = entries.some(({ back, on }) =>
    (back.path === path && back.neighbour !== neighbour) ||
    (on.path === path && !(on.neighbour === me && neighbour === me)));
  if (copied) throw new Refusal('CRW-14', 'the identifier belongs to another link');
}

// What comes from the member itself, it must have sent. CRW-15
function requireSentIfOwn({ entries, me }, back) {
  if (back.neighbour === me && !entries.some(({ on }) => sameLink(on, back))) {
    throw new Refusal('CRW-15', 'this member sent no such request to itself');
  }
}

// The entry along which a response or break comes back. CRW-12
function entryOfReply({ entries }, on) {
  const found = entries.find((entry) => !entry.broken && sameLink(entry.on, on));
  if (found === undefined) throw new Refusal('CRW-12', 'no unbroken path goes out by this link and identifier');
  return found;
}

// A response retraces the path. CRW-9, CRW-10, CRW-12
function takeResponse(jondo, { content, ...on }) {
  return [message('response', entryOfReply(jondo, on).back, content)];
}

// ------------------------------------------------------------------------------- Breaks, and crowds that change

// Every path through a member that has left breaks; reported are those that go on to it from elsewhere.
// CRW-16, CRW-19
function takeLeave(jondo, { member }) {
  const { crowd, me, entries } = jondo;
  if (member === me || !crowd.roster.includes(member)) {
    throw new Refusal('CRW-3', `${member} is not another member on the roster`);
  }
  jondo.crowd = { ...crowd, roster: crowd.roster.filter((other) => other !== member) };
  const sends = [];
  for (const entry of entries.filter(({ broken }) => !broken)) {
    const comesFrom = entry.back.neighbour === member;
    const goesTo = entry.on.neighbour === member;
    if (goesTo && !comesFrom) sends.push(message('broken', entry.back, null));
    entry.broken = goesTo || comesFrom;
  }
  return sends;
}

// A break goes on towards the initiator. CRW-12, CRW-17
function takeBreak(jondo, on) {
  const entry = entryOfReply(jondo, on);
  entry.broken = true;
  return [message('broken', entry.back, null)];
}

// A neighbour's path is not formed anew once it is broken. CRW-18
function requireNotBroken({ entries }, back) {
  if (entries.some((entry) => entry.broken && sameLink(entry.back, back))) {
    throw new Refusal('CRW-18', 'the path is broken');
  }
}

// A new formation: all paths are forgotten, and only the own user is told. CRW-1, CRW-3, CRW-20, CRW-21
function takeReform(jondo, { roster }) {
  requireThree(roster.length);
  requireRoster(roster, jondo.me);
  const own = jondo.entries.find(({ back, broken }) => back.neighbour === null && !broken);
  jondo.crowd = { ...jondo.crowd, roster };
  jondo.formation += 1;
  jondo.entries = [];
  return own === undefined ? [] : [message('broken', own.back, null)];
}

// ------------------------------------------------------------------------------------------------- Sealed paths

const CIPHER = 'chacha20-poly1305';
const CIPHER_OPTIONS = { authTagLength: 16 };
const ASSOCIATED_DATA = Buffer.from('anonspec crowds seal1');
const NUMBER_END = 2n ** 53n;

// The 8 bytes that a number is in an envelope. CRW-22
function numberBytes(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

// The nonce: the direction in 4 bytes, the number in 8. CRW-22
function nonceOf(direction, number) {
  const prefix = Buffer.from([0, 0, 0, direction === 'response' ? 1 : 0]);
  return Buffer.concat([prefix, number]);
}

// The envelope around a content. CRW-22
function seal({ key, direction, number, content }) {
  const prefix = numberBytes(number);
  const cipher = createCipheriv(CIPHER, Buffer.from(key, 'hex'), nonceOf(direction, prefix), CIPHER_OPTIONS);
  cipher.setAAD(ASSOCIATED_DATA);
  const ciphertext = Buffer.concat([cipher.update(content, 'hex'), cipher.final()]);
  return Buffer.concat([prefix, ciphertext, cipher.getAuthTag()]).toString('hex');
}

// The number and content of an envelope that is whole. CRW-23
function unseal({ key, direction, sealed }) {
  const envelope = Buffer.from(sealed, 'hex');
  if (envelope.length < 24) throw new Refusal('CRW-23', 'the envelope is shorter than 24 bytes');
  const prefix = envelope.subarray(0, 8);
  const number = prefix.readBigUInt64BE();
  if (number >= NUMBER_END) throw new Refusal('CRW-23', 'the number is 2^53 or more');
  const decipher = createDecipheriv(CIPHER, Buffer.from(key, 'hex'), nonceOf(direction, prefix), CIPHER_OPTIONS);
  decipher.setAAD(ASSOCIATED_DATA);
  decipher.setAuthTag(envelope.subarray(-16));
  const content = decipher.update(envelope.subarray(8, -16));
  try {
    decipher.final();
  } catch {
    throw new Refusal('CRW-23', 'the envelope does not open');
  }
  return { number: Number(number), content: content.toString('hex') };
}

// One end of a sealed path, which seals in one direction.
function beginSealer({ key, direction }) {
  return { key, direction, used: new Set() };
}

// Seals each number once, since it is the nonce. CRW-22, CRW-24
function enclose({ key, direction, used }, { number, content }) {
  if (used.has(number)) throw new Refusal('CRW-24', `${number} was sealed before`);
  used.add(number);
  return seal({ key, direction, number, content });
}

// --------------------------------------------------------------------------------------- What an observer sees

const gcd = (a, b) => (b === 0n ? a : gcd(b, a % b));

function fractionText(num, den) {
  const common = gcd(num, den);
  return `${num / common}/${den / common}`;
}

// The chances that collaborators and server have, exactly. With p = num/den, every fraction of the table is
// expanded by den, and `choices` is how many members may be chosen: n, or n − 1 in the variant. CRW-25
function chances({ members, collaborators, forward, itself }) {
  requireThree(members);
  requireEnding(forward);
  if (collaborators < 1 || collaborators >= members) {
    throw new Refusal('CRW-25', 'collaborators are at least one, and not all members');
  }
  const { num, den } = forward;
  const n = BigInt(members);
  const c = BigInt(collaborators);
  const choices = itself ? n : n - 1n;
  const honestChoices = choices - c;
  const seen = choices * den + (itself ? 0n : num);
  const initiator = choices * den - num * (honestChoices - 1n);
  return {
    hit: fractionText(c * den, choices * den - num * honestChoices),
    initiator: fractionText(initiator, seen),
    other: n - c > 1n ? fractionText(num, seen) : '0/1',
    server: itself ? fractionText(1n, n) : fractionText(num, seen),
    innocent: 2n * initiator <= seen,
  };
}

// p(c + 1) / (p − 1/2) rounded up, or null where no crowd is large enough. CRW-26
function leastMembers({ collaborators, forward }) {
  requireEnding(forward);
  if (collaborators < 1) throw new Refusal('CRW-26', 'fewer than one collaborator');
  const { num, den } = forward;
  const excess = 2n * num - den;
  if (excess <= 0n) return null;
  const dividend = 2n * num * (BigInt(collaborators) + 1n);
  return Number((dividend + excess - 1n) / excess);
}

// ---------------------------------------------------------------------------------- Harness: values of questions

// A reader takes a value and where it stands, and gives the value as the program uses it, or refuses. HP-15
const malformed = (at, what) => new Refusal('HP-15', `${at}: ${what}`);

const integer = (least = -(2 ** 53), most = 2 ** 53) => (value, at) => {
  if (!Number.isInteger(value) || value < least || value > most) throw malformed(at, 'not an integer within its limits');
  return value;
};

const truth = (value, at) => {
  if (typeof value !== 'boolean') throw malformed(at, 'not a truth value');
  return value;
};

const text = (value, at) => {
  if (typeof value !== 'string') throw malformed(at, 'not text');
  return value;
};

const word = (...words) => (value, at) => {
  if (!words.includes(value)) throw malformed(at, `not one of ${words.join(', ')}`);
  return value;
};

const bytes = (length = null) => (value, at) => {
  if (!/^[0-9a-f]*$/.test(text(value, at)) || value.length % 2 !== 0) throw malformed(at, 'not lowercase hexadecimal');
  if (length !== null && value.length !== 2 * length) throw malformed(at, `not ${length} bytes`);
  return value;
};

const fraction = (value, at) => {
  const digits = /^(0|[1-9][0-9]*)\/([1-9][0-9]*)$/.exec(text(value, at));
  if (digits === null) throw malformed(at, 'not a fraction');
  const [num, den] = digits.slice(1).map(BigInt);
  if (gcd(num, den) !== 1n) throw malformed(at, 'not in lowest terms');
  return { num, den };
};

const list = (read) => (value, at) => {
  if (!Array.isArray(value)) throw malformed(at, 'not a list');
  return value.map((item, i) => read(item, `${at}.${i}`));
};

const orNull = (read) => (value, at) => (value === null ? null : read(value, at));

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const record = (readers) => (value, at) => {
  if (!isObject(value)) throw malformed(at, 'not an object');
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(readers, name)) throw malformed(at, `${JSON.stringify(name)} is no field of it`);
  }
  return Object.fromEntries(Object.entries(readers).map(([name, read]) => {
    if (!Object.hasOwn(value, name)) throw malformed(`${at}.${name}`, 'missing');
    return [name, read(value[name], `${at}.${name}`)];
  }));
};

// ---------------------------------------------------------------------------------------- Operations and roles

const CAPABILITIES = [
  'crowds.hop', 'crowds.draw', 'crowds.sealed', 'crowds.chances', 'crowds.jondo', 'crowds.own',
];

const member = integer(0, 2 ** 32 - 2);
const number = integer(0, 2 ** 53 - 1);
const identifier = bytes(16);
const direction = word('request', 'response');
const crowd = record({ roster: list(member), forward: fraction, itself: truth });

const link = { neighbour: orNull(member), path: identifier };
const requestFields = record({ neighbour: orNull(member), path: orNull(identifier), content: bytes() });

// A request comes under an identifier exactly if it comes from a neighbour. HP-15
const request = (value, at) => {
  const fields = requestFields(value, at);
  if ((fields.neighbour === null) !== (fields.path === null)) throw malformed(at, 'one of neighbour and path is null');
  return fields;
};

const hopDraws = ({ coin, choice }) => (name) => (name === 'coin' ? coin : choice);

const OPERATIONS = new Map(Object.entries({
  'crowds.hop': {
    takes: record({ crowd, me: member, first: truth, coin: bytes(8), choice: bytes(8) }),
    run: ({ crowd, me, first, ...draws }) => {
      requireCrowd(crowd, me);
      return { next: nextHop(crowd, me, first, hopDraws(draws)) };
    },
  },
  'crowds.draw': {
    takes: record({
      seed: bytes(32),
      name: word('coin', 'next', 'path'),
      formation: integer(0),
      neighbour: orNull(member),
      path: identifier,
    }),
    run: (fields) => ({ data: labelledDraw(fields) }),
  },
  'crowds.seal': {
    takes: record({ key: bytes(32), direction, number, content: bytes() }),
    run: (fields) => ({ sealed: seal(fields) }),
  },
  'crowds.unseal': {
    takes: record({ key: bytes(32), direction, sealed: bytes() }),
    run: unseal,
  },
  'crowds.chances': {
    takes: record({ members: integer(), collaborators: integer(), forward: fraction, itself: truth }),
    run: chances,
  },
  'crowds.least_members': {
    takes: record({ collaborators: integer(), forward: fraction }),
    run: (fields) => ({ members: leastMembers(fields) }),
  },
}));

const sending = (take) => (jondo, fields) => ({ sends: take(jondo, fields) });

const ROLES = new Map(Object.entries({
  'crowds.jondo': {
    takes: record({ crowd, me: member, seed: orNull(bytes(32)) }),
    begin: beginJondo,
    events: new Map(Object.entries({
      request: { takes: request, run: sending(takeRequest) },
      response: { takes: record({ ...link, content: bytes() }), run: sending(takeResponse) },
      broken: { takes: record(link), run: sending(takeBreak) },
      leave: { takes: record({ member }), run: sending(takeLeave) },
      reform: { takes: record({ roster: list(member) }), run: sending(takeReform) },
    })),
  },
  'crowds.sealer': {
    takes: record({ key: bytes(32), direction }),
    begin: beginSealer,
    events: new Map(Object.entries({
      enclose: {
        takes: record({ number, content: bytes() }),
        run: (sealer, fields) => ({ sealed: enclose(sealer, fields) }),
      },
    })),
  },
}));

// ------------------------------------------------------------------------------------ Harness: questions, answers

const LONGEST_LINE = 2 ** 24;

const subjects = new Map();

// What is known under this name in a table of the chapter. HP-12
function known(table, name) {
  if (!table.has(name)) throw new Unsupported(String(name));
  return table.get(name);
}

// The answer that a piece of work ends in, whichever way it ends. HP-16, HP-17
function outcome(work) {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof Refusal) return { reject: { clause: problem.clause, reason: problem.message } };
    if (problem instanceof Unsupported) return { unsupported: problem.message };
    return { error: { message: problem.message } };
  }
}

// HP-10
function describe() {
  return {
    hp: 1,
    impl: { name: 'crowds.mjs', version: '1.0', language: 'javascript' },
    capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, {}])),
  };
}

// HP-18
function runOperation(question) {
  const { takes, run } = known(OPERATIONS, question.op);
  return { out: run(takes(question.in, 'in')) };
}

// HP-19, HP-20
function start(question) {
  const { takes, begin, events } = known(ROLES, question.role);
  const name = text(question.subject, 'subject');
  if (subjects.has(name)) throw new Refusal('HP-20', `${name} is running`);
  subjects.set(name, { events, party: begin(takes(question.params, 'params')) });
  return { out: {} };
}

// The name of a running subject. HP-21
function runningName(question) {
  const name = text(question.subject, 'subject');
  if (!subjects.has(name)) throw new Refusal('HP-21', `no subject ${name}`);
  return name;
}

// HP-22
function runEvents(question) {
  const { events, party } = subjects.get(runningName(question));
  if (!Array.isArray(question.events)) throw malformed('events', 'not a list');
  return { results: question.events.map((event) => outcome(() => ({ out: runEvent(events, party, event) }))) };
}

// Checks come before changes in everything that is run here, so a refusal changes nothing. HP-23
function runEvent(events, party, event) {
  if (!isObject(event) || Object.keys(event).length !== 1) throw malformed('event', 'not an object with one member');
  const [[name, fields]] = Object.entries(event);
  const { takes, run } = known(events, name);
  return run(party, takes(fields, name));
}

// HP-25
function stop(question) {
  subjects.delete(runningName(question));
  return { out: {} };
}

const COMMANDS = new Map(Object.entries({
  describe,
  start,
  run: (question) => (Object.hasOwn(question, 'op') ? runOperation(question) : runEvents(question)),
  stop,
}));

// The answer to one line, on one line. HP-2, HP-4, HP-5
function answerTo(line) {
  let id = null;
  const answer = outcome(() => {
    const question = JSON.parse(line);
    id = question.id;
    return known(COMMANDS, question.cmd)(question);
  });
  const written = `${JSON.stringify({ id, ...answer })}\n`;
  if (Buffer.byteLength(written) <= LONGEST_LINE) return written;
  return `${JSON.stringify({ id, error: { message: 'the answer is longer than a line may be' } })}\n`;
}

// The lines of a stream of bytes: only the byte 0a ends one. Pieces are kept apart until then, since a line may
// come in hundreds of them. HP-3
async function* linesOf(stream) {
  let pieces = [];
  for await (let chunk of stream) {
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a)) {
      pieces.push(chunk.subarray(0, end));
      yield Buffer.concat(pieces).toString('utf8');
      pieces = [];
      chunk = chunk.subarray(end + 1);
    }
    pieces.push(chunk);
  }
}

// HP-1, HP-6
for await (const line of linesOf(process.stdin)) {
  process.stdout.write(answerTo(line));
}
