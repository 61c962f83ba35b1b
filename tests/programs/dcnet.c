/* dcnet: dining cryptographers, asked over the harness protocol HP/1 on stdin and stdout.
 *
 * What one question needs lives in an arena that is emptied after its answer; only subjects outlive it. A refusal
 * leaves the code that found it by longjmp, so that the code reads as what is done when nothing is wrong. Nothing in a
 * subject is changed before the last check of its event (HP-23). A function's comment ends with the clauses that it
 * carries. */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define MAX_LINE ((size_t)1 << 24) /* bytes, the line feed included */
#define MAX_DEPTH 100
#define MAX_ID (MAX_LINE - 1024) /* a longer id could leave no room for an answer */
#define MAX_INTEGER ((int64_t)1 << 53)

typedef unsigned __int128 Wide;

/* ---- JSON: memory, refusals, the parser -------------------------------------------------------------------------- */

typedef struct Chunk {
    struct Chunk *before;
    size_t used, size;
    max_align_t room[];
} Chunk;

static Chunk *arena;

/* The lack of memory is the one failure that cannot be answered. */
static void *must_have(void *memory) {
    if (!memory) {
        fputs("dcnet: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* Zeroed memory that lasts until the question is answered. */
static void *take(size_t n) {
    n = (n + sizeof(max_align_t)) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!arena || arena->size - arena->used < n) {
        size_t size = n > 1 << 16 ? n : 1 << 16;
        Chunk *fresh = must_have(calloc(1, sizeof *fresh + size));
        fresh->before = arena;
        fresh->size = size;
        arena = fresh;
    }
    arena->used += n;
    return (char *)arena->room + arena->used - n;
}

static void empty_arena(void) {
    while (arena) {
        Chunk *before = arena->before;
        free(arena);
        arena = before;
    }
}

/* A value as read. A J_BROKEN is a text with an unpaired surrogate, which no field may have. */
typedef enum { J_NULL, J_FALSE, J_TRUE, J_NUMBER, J_TEXT, J_BROKEN, J_LIST, J_OBJECT } Kind;

typedef struct J {
    const char *raw; /* as it stood in the line */
    union {
        const char *text; /* without escapes; may hold zero bytes */
        struct J *item;
        struct Member *member; /* sorted by key */
    };
    uint32_t raw_len, n; /* n: bytes of the text, items or members */
    Kind kind;
} J;

typedef struct Member { J key, value; } Member;

/* What is answered instead of `out`. The field looked at last is named in reasons, for a person. */
typedef struct {
    enum { NOTHING, REJECT, UNSUPPORTED, FAILURE } kind;
    const char *clause, *field, *reason;
    const J *name;
    bool blames;
    int64_t culprit;
} Refusal;

static Refusal refusal;
static const char *field;
static jmp_buf *escape;

static _Noreturn void leave(Refusal why) {
    refusal = why;
    longjmp(*escape, 1);
}

/* Runs `act`; false if it ended in a refusal. */
static bool done(void (*act)(void *), void *with) {
    jmp_buf here, *outer = escape;
    escape = &here;
    refusal.kind = NOTHING;
    field = NULL;
    if (setjmp(here) == 0) act(with);
    escape = outer;
    return refusal.kind == NOTHING;
}

/* HP-16 */
static _Noreturn void reject(const char *clause, const char *reason) {
    leave((Refusal){.kind = REJECT, .clause = clause, .reason = reason});
}

/* HP-15 */
static _Noreturn void malformed(const char *reason) {
    leave((Refusal){.kind = REJECT, .clause = "HP-15", .field = field, .reason = reason});
}

/* HP-12 */
static _Noreturn void unsupported(const J *name) { leave((Refusal){.kind = UNSUPPORTED, .name = name}); }

/* HP-17 */
static _Noreturn void fail(const char *reason) { leave((Refusal){.kind = FAILURE, .reason = reason}); }

typedef struct {
    const char *at, *end;
    J id; /* kept as soon as it is seen, so that a line that is broken further on is answered under its id */
} Parser;

static int peek(const Parser *p) { return p->at < p->end ? (unsigned char)*p->at : -1; }

/* Skips one of `set`, if it is there. */
static bool skip(Parser *p, const char *set) {
    bool here = peek(p) > 0 && strchr(set, peek(p));
    p->at += here;
    return here;
}

static void skip_space(Parser *p) {
    while (skip(p, " \t\r")) continue;
}

static void expect(Parser *p, const char *set) {
    if (!skip(p, set)) malformed("not JSON");
}

static bool skip_literal(Parser *p, const char *literal) {
    size_t n = strlen(literal);
    bool here = (size_t)(p->end - p->at) >= n && memcmp(p->at, literal, n) == 0;
    p->at += here ? n : 0;
    return here;
}

static void skip_digits(Parser *p) {
    expect(p, "0123456789");
    while (skip(p, "0123456789")) continue;
}

static void skip_number(Parser *p) {
    skip(p, "-");
    if (!skip(p, "0")) skip_digits(p);
    if (skip(p, ".")) skip_digits(p);
    if (skip(p, "eE")) {
        skip(p, "+-");
        skip_digits(p);
    }
}

/* Skips one character of more than one byte: no overlong forms, no surrogates, nothing past U+10FFFF (RFC 3629). */
static void skip_utf8(Parser *p) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    int lead = peek(p), more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    uint32_t code = (uint32_t)lead & (0x3fu >> more);
    bool valid = lead >= 0xc0 && lead <= 0xf4;
    for (int i = 0; valid && i < more; i++) {
        p->at++;
        valid = (peek(p) & 0xc0) == 0x80; /* false at the end too: -1 has all bits */
        code = code << 6 | ((uint32_t)peek(p) & 0x3f);
    }
    if (!valid || code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) malformed("not UTF-8");
    p->at++;
}

static char *put_utf8(char *to, uint32_t code) {
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    *to++ = (char)(more ? (0xf00 >> (more + 1) & 0xff) | code >> 6 * more : code);
    while (more-- > 0) *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return to;
}

static uint32_t hex4(const char *s) {
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) code = code << 4 | (uint32_t)(s[i] <= '9' ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
    return code;
}

/* Takes the escapes, all well formed, out of the text that ends before `end`. */
static void unescape(J *j, const char *end) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char *text = take((size_t)(end - j->text)), *to = text;
    for (const char *s = j->text; s < end;) {
        if (*s != '\\') {
            *to++ = *s++;
        } else if (s[1] != 'u') {
            *to++ = meant[strchr(letters, s[1]) - letters];
            s += 2;
        } else {
            uint32_t code = hex4(s + 2), low = end - s >= 12 && s[6] == '\\' && s[7] == 'u' ? hex4(s + 8) : 0;
            bool pair = code >= 0xd800 && code < 0xdc00 && low >= 0xdc00 && low < 0xe000;
            if (pair) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            } else if (code >= 0xd800 && code < 0xe000) {
                j->kind = J_BROKEN;
                code = 0xfffd;
            }
            s += pair ? 12 : 6;
            to = put_utf8(to, code);
        }
    }
    j->text = text;
    j->n = (uint32_t)(to - text);
}

static J parse_text(Parser *p) {
    J j = {.kind = J_TEXT, .raw = p->at};
    bool escaped = false;
    expect(p, "\"");
    while (!skip(p, "\"")) {
        if (peek(p) < 0x20) malformed("not JSON: a text does not end");
        if (peek(p) >= 0x80) {
            skip_utf8(p);
        } else if (!skip(p, "\\")) {
            p->at++;
        } else {
            escaped = true;
            bool by_code = peek(p) == 'u';
            expect(p, "\"\\/bfnrtu");
            for (int i = 0; by_code && i < 4; i++) expect(p, "0123456789abcdefABCDEF");
        }
    }
    j.text = j.raw + 1;
    j.n = (uint32_t)(p->at - 1 - j.text);
    j.raw_len = j.n + 2;
    if (escaped) unescape(&j, p->at - 1);
    return j;
}

static int by_key(const void *a, const void *b) {
    const J *x = &((const Member *)a)->key, *y = &((const Member *)b)->key;
    int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static J parse_value(Parser *p, int depth);

/* Reads a list or object behind its bracket. Sorting finds a member that is there twice, and keeps look-ups quick,
 * however large a hostile object is. HP-15 */
static void parse_inside(Parser *p, J *j, int depth) {
    bool object = j->kind == J_OBJECT;
    const char *close = object ? "}" : "]";
    size_t room = 0, size = object ? sizeof(Member) : sizeof(J);
    if (depth > MAX_DEPTH) malformed("nested too deeply");
    skip_space(p);
    if (skip(p, close)) return;
    do {
        if (j->n == room) {
            void *larger = take((room = 2 * room + 4) * size);
            j->item = j->n ? memcpy(larger, j->item, j->n * size) : larger;
        }
        if (object) {
            Member *m = &j->member[j->n];
            skip_space(p);
            m->key = parse_text(p);
            skip_space(p);
            expect(p, ":");
            m->value = parse_value(p, depth);
            if (depth == 1 && m->key.n == 2 && memcmp(m->key.text, "id", 2) == 0) p->id = m->value;
        } else {
            j->item[j->n] = parse_value(p, depth);
        }
        j->n++;
        skip_space(p);
    } while (skip(p, ","));
    expect(p, close);
    if (!object) return;
    qsort(j->member, j->n, sizeof(Member), by_key);
    for (uint32_t i = 1; i < j->n; i++)
        if (by_key(&j->member[i - 1], &j->member[i]) == 0) malformed("a member is there twice");
}

/* `depth` counts the lists and objects around the value. */
static J parse_value(Parser *p, int depth) {
    skip_space(p);
    if (peek(p) == '"') return parse_text(p);
    J j = {.raw = p->at};
    if (skip(p, "{") || skip(p, "[")) {
        j.kind = *j.raw == '{' ? J_OBJECT : J_LIST;
        parse_inside(p, &j, depth + 1);
    } else if (skip_literal(p, "true")) {
        j.kind = J_TRUE;
    } else if (skip_literal(p, "false")) {
        j.kind = J_FALSE;
    } else if (!skip_literal(p, "null")) {
        j.kind = J_NUMBER;
        skip_number(p);
    }
    j.raw_len = (uint32_t)(p->at - j.raw);
    return j;
}

/* ---- harness: reading fields, writing answers, subjects, the five questions -------------------------------------- */

/* Decimal digits without leading zeros, at most 2^64. */
static bool decimal(const char *s, size_t n, Wide *value) {
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9' || *value >> 64) return false;
        *value = *value * 10 + (Wide)(s[i] - '0');
    }
    return n > 0 && (n == 1 || s[0] != '0') && *value <= (Wide)1 << 64;
}

static bool is(const J *j, const char *text) {
    return j && j->kind == J_TEXT && j->n == strlen(text) && memcmp(j->text, text, j->n) == 0;
}

static const J *find(const J *object, const char *key) {
    Member wanted = {.key = {.text = key, .n = (uint32_t)strlen(key)}};
    const Member *m = object->n ? bsearch(&wanted, object->member, object->n, sizeof wanted, by_key) : NULL;
    return m ? &m->value : NULL;
}

/* The value of a field, or NULL. */
static const J *at(const J *object, const char *name) {
    field = name;
    return find(object, name);
}

/* A map's value for a member, or NULL. */
static const J *entry(const J *map, int64_t member) {
    char key[24];
    snprintf(key, sizeof key, "%" PRId64, member);
    return find(map, key);
}

static const J *of_kind(Kind kind, const J *j) {
    static const char *const reasons[] = {
        [J_TEXT] = "not a text", [J_LIST] = "not a list", [J_OBJECT] = "not an object"};
    if (!j || j->kind != kind) malformed(reasons[kind]);
    return j;
}

static const J *text(const J *j) { return of_kind(J_TEXT, j); }

static const J *list(const J *j) { return of_kind(J_LIST, j); }

static const J *object(const J *j) { return of_kind(J_OBJECT, j); }

static const J *list_of(const J *j, uint32_t n) {
    if (list(j)->n != n) malformed("a list of another length");
    return j;
}

static bool truth(const J *j) {
    if (j->kind != J_TRUE && j->kind != J_FALSE) malformed("not a truth value");
    return j->kind == J_TRUE;
}

static int64_t integer(const J *j, int64_t least, int64_t most) {
    Wide size;
    bool minus = j->raw[0] == '-';
    if (j->kind != J_NUMBER || !decimal(j->raw + minus, j->raw_len - minus, &size) || size > (Wide)MAX_INTEGER)
        malformed("not an integer");
    int64_t value = minus ? -(int64_t)size : (int64_t)size;
    if (value < least || value > most) malformed("an integer outside its limits");
    return value;
}

/* For fields where a clause of the chapter, not its table, says which integers are allowed. */
static int64_t any_integer(const J *j) { return integer(j, -MAX_INTEGER, MAX_INTEGER); }

static int64_t round_number(const J *j) { return integer(j, 0, MAX_INTEGER - 1); }

static int64_t member_of_key(const J *key) {
    Wide value;
    if (key->kind != J_TEXT || !decimal(key->text, key->n, &value) || value > (Wide)MAX_INTEGER)
        malformed("a key is not a member's number in decimal");
    return (int64_t)value;
}

/* An object whose keys are all members' numbers. */
static const J *map(const J *j) {
    for (uint32_t i = 0; i < object(j)->n; i++) member_of_key(&j->member[i].key);
    return j;
}

static uint8_t nibble(char c) {
    if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) malformed("not lowercase hexadecimal");
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static uint8_t *bytes(const J *j, size_t *n) {
    if (text(j)->n % 2) malformed("an odd number of digits");
    *n = j->n / 2;
    uint8_t *b = take(*n);
    for (size_t i = 0; i < *n; i++) b[i] = (uint8_t)(nibble(j->text[2 * i]) << 4 | nibble(j->text[2 * i + 1]));
    return b;
}

static uint8_t *bytes_of(const J *j, size_t length) {
    size_t n;
    uint8_t *b = bytes(j, &n);
    if (n != length) malformed("bytes of another length");
    return b;
}

/* The answer. Once it is full, what comes is dropped, and in the end it is replaced as a whole (HP-5). The last two
 * bytes are kept for the closing brace and the line feed. */
static struct {
    char text[MAX_LINE];
    size_t n;
    bool full;
} out;

/* Room for `n` bytes more of the answer, or NULL. */
static char *room_for(size_t n) {
    out.full |= n > MAX_LINE - 2 - out.n;
    if (out.full) return NULL;
    out.n += n;
    return out.text + out.n - n;
}

static void put_raw(const char *s, size_t n) {
    char *to = room_for(n);
    if (to) memcpy(to, s, n);
}

/* Puts a comma unless a list begins here. */
static void put_comma(void) {
    if (out.n > 0 && out.text[out.n - 1] != '[') put_raw(",", 1);
}

/* For what is short. */
__attribute__((format(printf, 1, 2))) static void put(const char *format, ...) {
    char some[512];
    va_list with;
    va_start(with, format);
    int n = vsnprintf(some, sizeof some, format, with);
    va_end(with);
    put_raw(some, (size_t)n);
}

static void put_hex(const uint8_t *b, size_t n) {
    char *to = room_for(2 * n);
    for (size_t i = 0; to && i < n; i++) {
        *to++ = "0123456789abcdef"[b[i] >> 4];
        *to++ = "0123456789abcdef"[b[i] & 15];
    }
}

/* An object whose only field is a text of bytes. */
static void give(const char *name, const uint8_t *b, size_t n) {
    put("{\"%s\":\"", name);
    put_hex(b, n);
    put("\"}");
}

/* HP-12 HP-16 HP-17 */
static void put_refusal(void) {
    const Refusal *r = &refusal;
    if (r->kind == UNSUPPORTED) {
        bool named = r->name && r->name->kind == J_TEXT;
        put("\"unsupported\":%s", named ? "" : "\"what has no name\"");
        if (named) put_raw(r->name->raw, r->name->raw_len);
    } else if (r->kind == FAILURE) {
        put("\"error\":{\"message\":\"%s\"}", r->reason);
    } else {
        put("\"reject\":{\"clause\":\"%s\",\"reason\":\"", r->clause);
        put("%s%s%s\"", r->field ? r->field : "", r->field ? ": " : "", r->reason);
        if (r->blames) put(",\"culprit\":%" PRId64, r->culprit);
        put("}");
    }
    refusal.kind = NOTHING; /* it has been answered, and the events that follow stand for themselves */
}

/* What the chapter's tables say of operations, roles and events. */
typedef struct Subject Subject;

typedef struct {
    const char *name, *fields[9];
    void (*act)(const J *in);
} Operation;

typedef struct {
    const char *name, *fields[9];
    void (*act)(Subject *s, const J *in);
} Event;

typedef struct {
    const char *name, *fields[9];
    void (*begin)(Subject *s, const J *params);
    Event events[4];
} Role;

typedef struct {
    bool mod;
    uint64_t top; /* B for xor; m - 1 for mod, since m itself may not fit */
    size_t width;
} Group;

/* A party with a state. What changes after its start is in the struct itself and in `memory`. */
struct Subject {
    Subject *next;
    char *name;
    size_t name_len;
    const Role *role;
    Group group;
    int64_t members;
    int64_t me, last, *neighbour; /* a member's; last: the round it announced in, -1 at first */
    size_t neighbours;
    int64_t round, missing; /* a reader's; missing: how many */
    enum { WAITING, COMBINED, FAILED } state;
    uint8_t *heard, *sum; /* a truth value for each member, and a word: both in memory */
    uint8_t *memory;
    size_t memory_size;
};

static const Operation *operation_named(const J *name);
static const Role *role_named(const J *name);

/* Refuses what has not exactly these fields. A kind of group that is not known comes first: whoever asks may be newer
 * than this program. HP-12 HP-15 */
static void check_fields(const J *in, const char *const *fields) {
    bool grouped = fields[0] && strcmp(fields[0], "group") == 0 && in && in->kind == J_OBJECT;
    const J *group = grouped ? at(in, "group") : NULL;
    const J *kind = group && group->kind == J_OBJECT ? at(group, "kind") : NULL;
    if (kind && kind->kind == J_TEXT && !is(kind, "xor") && !is(kind, "mod")) unsupported(kind);
    field = NULL;
    object(in);
    uint32_t n = 0;
    for (; fields[n]; n++)
        if (!at(in, fields[n])) malformed("missing");
    field = NULL;
    if (in->n != n) malformed("a field that is not known");
}

static Subject *subjects[4096];

/* Where the subject of this name hangs, or would hang. */
static Subject **subject_slot(const J *name) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < name->n; i++) hash = (hash ^ (unsigned char)name->text[i]) * 16777619u;
    Subject **slot = &subjects[hash % 4096];
    while (*slot && ((*slot)->name_len != name->n || memcmp((*slot)->name, name->text, name->n) != 0))
        slot = &(*slot)->next;
    return slot;
}

/* HP-21 */
static Subject **running(const J *question) {
    Subject **slot = subject_slot(text(at(question, "subject")));
    if (!*slot) reject("HP-21", "no subject of this name is running");
    return slot;
}

/* The draft becomes a subject only when its role has taken the parameters. HP-12 HP-19 HP-20 */
static void ask_start(const J *question) {
    const J *role_name = at(question, "role"), *params = at(question, "params");
    const Role *role = role_named(role_name);
    if (!role) unsupported(role_name);
    check_fields(params, role->fields);
    const J *name = text(at(question, "subject"));
    Subject draft = {.role = role, .last = -1}, **slot = subject_slot(name);
    if (*slot) reject("HP-20", "a subject of this name is running");
    role->begin(&draft, params);
    draft.name_len = name->n;
    draft.name = memcpy(must_have(malloc(name->n + 1)), name->text, name->n);
    *slot = memcpy(must_have(malloc(sizeof draft)), &draft, sizeof draft);
    put("\"out\":{}");
}

/* HP-25 */
static void ask_stop(const J *question) {
    Subject **slot = running(question), *s = *slot;
    *slot = s->next;
    free(s->neighbour);
    free(s->memory);
    free(s->name);
    free(s);
    put("\"out\":{}");
}

typedef struct { Subject *subject; const J *event; } Happening;

/* HP-12 HP-15 */
static void happen(void *with) {
    Happening *h = with;
    if (object(h->event)->n != 1) malformed("an event has exactly one member");
    const Member *m = h->event->member;
    const Event *e = h->subject->role->events;
    while (e->name && !is(&m->key, e->name)) e++;
    if (!e->name) unsupported(&m->key);
    check_fields(&m->value, e->fields);
    put("\"out\":");
    e->act(h->subject, &m->value);
}

/* Results that do not fit on a line are answered by one `error` for all, so none may have changed anything.
 * HP-22 HP-23 */
static void ask_events(const J *question) {
    Subject *s = *running(question), before = *s;
    const J *events = list(at(question, "events"));
    uint8_t *memory = take(s->memory_size);
    if (s->memory) memcpy(memory, s->memory, s->memory_size);
    put("\"results\":[");
    for (uint32_t i = 0; i < events->n && !out.full; i++) {
        Happening h = {s, &events->item[i]};
        put_comma();
        put("{");
        size_t mark = out.n;
        if (!done(happen, &h)) {
            out.n = mark;
            put_refusal();
        }
        put("}");
    }
    put("]");
    if (out.full) {
        *s = before;
        if (s->memory) memcpy(s->memory, memory, s->memory_size);
    }
}

/* HP-18 */
static void ask_operation(const J *op, const J *in) {
    const Operation *operation = operation_named(op);
    if (!operation) unsupported(op);
    check_fields(in, operation->fields);
    put("\"out\":");
    operation->act(in);
}

/* HP-10 HP-14 */
static void ask_describe(void) {
    put("\"hp\":1,\"impl\":{\"name\":\"dcnet.c\",\"version\":\"1.0\",\"language\":\"c\"},\"capabilities\":{");
    put("\"dcnet.xor\":{},\"dcnet.mod\":{},\"dcnet.frame\":{},\"dcnet.three\":{},\"dcnet.sum\":{},\"dcnet.pads\":{},");
    put("\"dcnet.reservation\":{},\"dcnet.averaging\":{},\"dcnet.traps\":{},\"dcnet.graph\":{},\"dcnet.member\":{},");
    put("\"dcnet.reader\":{}}");
}

static char line[MAX_LINE];
static Parser parser;

/* HP-4 */
static void put_id(void) {
    const J *id = &parser.id;
    bool fine = (id->kind == J_TEXT || id->kind == J_NUMBER) && id->raw_len <= MAX_ID;
    put("{\"id\":");
    put_raw(fine ? id->raw : "null", fine ? id->raw_len : 4);
    put(",");
}

/* A question whose answer may not fit beside its id is refused before anything is done. HP-5 HP-12 HP-13 HP-15 */
static void ask(void *with) {
    size_t length = *(size_t *)with;
    parser = (Parser){.at = line, .end = line + length};
    J question = parse_value(&parser, 0);
    skip_space(&parser);
    if (parser.at != parser.end || length == MAX_LINE) malformed("not one value on a line of the length allowed");
    object(&question);
    if (parser.id.raw_len > MAX_ID) fail("the id leaves no room for an answer");
    put_id();
    const J *op = at(&question, "op"), *in = at(&question, "in"), *cmd = at(&question, "cmd");
    if (is(cmd, "describe"))
        ask_describe();
    else if (is(cmd, "run") && op)
        ask_operation(op, in);
    else if (is(cmd, "run"))
        ask_events(&question);
    else if (is(cmd, "start"))
        ask_start(&question);
    else if (is(cmd, "stop"))
        ask_stop(&question);
    else
        unsupported(cmd);
}

/* Reads up to the line feed or the end of the input; what is past the longest line is read and dropped. HP-6 */
static bool read_line(size_t *n) {
    int c = getc_unlocked(stdin);
    if (c == EOF) return false;
    for (*n = 0; c != '\n' && c != EOF; c = getc_unlocked(stdin))
        if (*n < MAX_LINE) line[(*n)++] = (char)c;
    return true;
}

static void begin_answer(void) {
    out.n = 0;
    out.full = false;
}

/* The loop inside goes round twice at most: what is put there the second time is short. HP-1 HP-2 HP-3 HP-5 */
int main(void) {
    for (size_t n; read_line(&n); empty_arena()) {
        begin_answer();
        for (bool answered = done(ask, &n); !answered || out.full; answered = true) {
            if (out.full) refusal = (Refusal){.kind = FAILURE, .reason = "the answer is longer than a line may be"};
            begin_answer();
            put_id();
            put_refusal();
        }
        memcpy(out.text + out.n, "}\n", 2);
        if (fwrite(out.text, 1, out.n + 2, stdout) != out.n + 2 || fflush(stdout) != 0) return 1;
    }
    return 0;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* HP-15 */
static Group group(const J *j) {
    static const char *const of_xor[] = {"kind", "bytes", NULL}, *const of_mod[] = {"kind", "modulus", NULL};
    Group g = {.mod = is(at(object(j), "kind"), "mod")};
    if (!g.mod && !is(at(j, "kind"), "xor")) malformed("not the kind of a group");
    check_fields(j, g.mod ? of_mod : of_xor);
    if (!g.mod) {
        g.top = g.width = (size_t)integer(at(j, "bytes"), 1, 1 << 20);
        return g;
    }
    Wide modulus;
    const J *m = text(at(j, "modulus"));
    if (!decimal(m->text, m->n, &modulus) || modulus < 2) malformed("not a number from 2 to 2^64 in decimal");
    g.top = (uint64_t)(modulus - 1);
    for (uint64_t rest = g.top; rest; rest >>= 8) g.width++;
    return g;
}

static Group xor_group(const J *j, const char *clause) {
    Group g = group(j);
    if (g.mod) reject(clause, "only in an xor group");
    return g;
}

static uint64_t get_number(const uint8_t *b, size_t width) {
    uint64_t n = 0;
    for (size_t i = 0; i < width; i++) n = n << 8 | b[i];
    return n;
}

static void set_number(uint8_t *b, size_t width, uint64_t n) {
    for (; width-- > 0; n >>= 8) b[width] = (uint8_t)n;
}

/* DCN-1 */
static uint8_t *word(Group g, const J *j) {
    size_t n;
    uint8_t *w = bytes(j, &n);
    if (n != g.width) reject("DCN-1", "a word of another width than the group's");
    if (g.mod && get_number(w, n) > g.top) reject("DCN-1", "a word that is not below the modulus");
    return w;
}

static bool same(Group g, const uint8_t *a, const uint8_t *b) { return memcmp(a, b, g.width) == 0; }

/* Adds `w` to the word at `to`, or its negation. */
static void add_signed(Group g, uint8_t *to, const uint8_t *w, bool negated) {
    if (g.mod) {
        Wide modulus = (Wide)g.top + 1, a = get_number(to, g.width), b = get_number(w, g.width);
        set_number(to, g.width, (uint64_t)((negated ? a + modulus - b : a + b) % modulus));
        return;
    }
    for (size_t i = 0; i < g.width; i++) to[i] ^= w[i];
}

static void give_word(Group g, const uint8_t *w) { give("word", w, g.width); }

/* DCN-2 */
static void do_frame(const J *in) {
    size_t n;
    Group g = xor_group(at(in, "group"), "DCN-2");
    const uint8_t *message = bytes(at(in, "message"), &n);
    if (n >= g.width) reject("DCN-2", "the message is too long for the group");
    uint8_t *w = memcpy(take(g.width), message, n);
    w[n] = 0x80;
    give_word(g, w);
}

/* DCN-3 */
static void do_unframe(const J *in) {
    Group g = xor_group(at(in, "group"), "DCN-3");
    const uint8_t *w = word(g, at(in, "word"));
    size_t n = g.width;
    while (n > 0 && w[n - 1] == 0) n--;
    if (n == 0 || w[n - 1] != 0x80) reject("DCN-3", "the word is no framed message");
    give("message", w, n - 1);
}

static int64_t parity(const J *bits, uint32_t n) {
    int64_t odd = 0;
    for (uint32_t i = 0; i < list_of(bits, n)->n; i++) odd ^= integer(&bits->item[i], 0, 1);
    return odd;
}

/* DCN-4 */
static void do_say(const J *in) {
    int64_t coins = parity(at(in, "coins"), 2);
    put("{\"said\":%" PRId64 "}", coins ^ truth(at(in, "paid")));
}

/* DCN-5 */
static void do_payer(const J *in) { put("{\"one_of_them\":%" PRId64 "}", parity(at(in, "said"), 3)); }

/* ---- net --------------------------------------------------------------------------------------------------------- */

typedef struct { int64_t low, high; } Pair;

typedef struct {
    int64_t members;
    size_t edges;
    Pair *edge; /* ascending */
} Net;

static int by_pair(const void *a, const void *b) {
    const Pair *x = a, *y = b;
    int order = (x->low > y->low) - (x->low < y->low);
    return order ? order : (x->high > y->high) - (x->high < y->high);
}

/* DCN-6 */
static int64_t roster(const J *j) {
    int64_t n = any_integer(j);
    if (n < 3) reject("DCN-6", "a net has three members or more");
    return n;
}

static int64_t root(int64_t *up, int64_t i) {
    for (; up[i] != i; i = up[i]) up[i] = up[up[i]];
    return i;
}

/* For each member the least that it is connected with when those in `without` are taken out (NULL: nobody). */
static int64_t *components(const Net *net, const bool *without) {
    int64_t *up = take((size_t)net->members * sizeof *up);
    for (int64_t i = 0; i < net->members; i++) up[i] = i;
    for (const Pair *e = net->edge; e < net->edge + net->edges; e++) {
        int64_t a = root(up, e->low), b = root(up, e->high);
        if (!without || (!without[e->low] && !without[e->high])) up[a > b ? a : b] = a > b ? b : a;
    }
    for (int64_t i = 0; i < net->members; i++) up[i] = root(up, i);
    return up;
}

/* Too few edges are noticed before memory is taken for a roster, which may be said to be of any size.
 * DCN-6 DCN-7 DCN-8 */
static Net net(const J *in) {
    Net net = {.members = roster(at(in, "members"))};
    const J *edges = list(at(in, "edges"));
    net.edges = edges->n;
    net.edge = take(net.edges * sizeof *net.edge);
    for (size_t e = 0; e < net.edges; e++) {
        const J *ends = list_of(&edges->item[e], 2);
        Pair edge = {any_integer(&ends->item[0]), any_integer(&ends->item[1])};
        if (edge.low < 0 || edge.low >= edge.high || edge.high >= net.members)
            reject("DCN-7", "not an edge [i, j] with 0 <= i < j < n");
        net.edge[e] = edge;
    }
    qsort(net.edge, net.edges, sizeof *net.edge, by_pair);
    for (size_t e = 1; e < net.edges; e++)
        if (by_pair(&net.edge[e - 1], &net.edge[e]) == 0) reject("DCN-7", "an edge is there twice");
    bool connected = (uint64_t)net.members <= net.edges + 1;
    const int64_t *part = connected ? components(&net, NULL) : NULL;
    for (int64_t i = 0; connected && i < net.members; i++) connected = part[i] == 0;
    if (!connected) reject("DCN-8", "the key graph is not connected");
    return net;
}

/* Adds to a message the shares of all pads. DCN-7 DCN-9 */
static void add_shares(Group g, uint8_t *message, int64_t me, const J *pads) {
    for (uint32_t i = 0; i < map(pads)->n; i++) {
        int64_t peer = member_of_key(&pads->member[i].key);
        if (peer == me) reject("DCN-7", "a pad shared with oneself");
        add_signed(g, message, word(g, &pads->member[i].value), me > peer);
    }
}

/* A member where no roster is given. DCN-7 */
static int64_t some_member(const J *j) {
    int64_t i = any_integer(j);
    if (i < 0) reject("DCN-7", "members are numbered from 0");
    return i;
}

/* DCN-7 */
static int64_t peer_of(int64_t me, const J *j) {
    int64_t peer = some_member(j);
    if (me == peer) reject("DCN-7", "a pad shared with oneself");
    return peer;
}

/* DCN-9 */
static void do_announce(const J *in) {
    Group g = group(at(in, "group"));
    int64_t me = some_member(at(in, "me"));
    uint8_t *w = word(g, at(in, "message"));
    add_shares(g, w, me, at(in, "pads"));
    give_word(g, w);
}

/* DCN-10 */
static void do_combine(const J *in) {
    Group g = group(at(in, "group"));
    const J *words = list(at(in, "words"));
    if (words->n == 0) malformed("no word at all");
    uint8_t *sum = take(g.width);
    for (uint32_t i = 0; i < words->n; i++) add_signed(g, sum, word(g, &words->item[i]), false);
    give_word(g, sum);
}

/* ---- pads -------------------------------------------------------------------------------------------------------- */

/* Bytes put together for a hash. */
typedef struct { uint8_t *b; size_t n; } Joined;

static void join(Joined *to, const void *b, size_t n) {
    memcpy(to->b + to->n, b, n);
    to->n += n;
}

static void join_number(Joined *to, uint64_t number, size_t width) {
    set_number(to->b + to->n, width, number);
    to->n += width;
}

static void must(bool went_well) {
    if (!went_well) fail("libcrypto failed");
}

/* Z, and the public value of `secret`. It is libcrypto that refuses to give a Z of all zeros. DCN-14 DCN-15 */
static void agree(uint8_t z[32], uint8_t mine[32], const uint8_t secret[32], const uint8_t theirs[32]) {
    size_t n = 32, m = 32;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, theirs, 32);
    EVP_PKEY_CTX *x25519 = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    bool ready = peer && x25519 && EVP_PKEY_get_raw_public_key(own, mine, &n) > 0 &&
                 EVP_PKEY_derive_init(x25519) > 0 && EVP_PKEY_derive_set_peer(x25519, peer) > 0;
    bool agreed = ready && EVP_PKEY_derive(x25519, z, &m) > 0;
    EVP_PKEY_CTX_free(x25519);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    must(ready);
    if (!agreed) reject("DCN-15", "the agreement is all zeros");
}

/* HKDF-SHA256, of which the first 32 bytes are one block. DCN-14 */
static void derive_key(uint8_t key[32], const uint8_t z[32], const Joined *info) {
    static const uint8_t no_salt[32];
    uint8_t extracted[32];
    must(HMAC(EVP_sha256(), no_salt, 32, z, 32, extracted, NULL));
    Joined block = {take(info->n + 1), 0};
    join(&block, info->b, info->n);
    join_number(&block, 1, 1);
    must(HMAC(EVP_sha256(), extracted, 32, block.b, block.n, key, NULL));
}

/* DCN-14 */
static uint8_t *keystream(const uint8_t key[32], size_t n) {
    static const uint8_t counter[16];
    uint8_t *stream = take(n); /* zeros, encrypted where they stand */
    int written;
    EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
    bool ok = aes && EVP_EncryptInit_ex(aes, EVP_aes_256_ctr(), NULL, key, counter) > 0 &&
              EVP_EncryptUpdate(aes, stream, &written, stream, (int)n) > 0;
    EVP_CIPHER_CTX_free(aes);
    must(ok);
    return stream;
}

/* DCN-7 DCN-14 */
static void do_pad(const J *in) {
    Group g = group(at(in, "group"));
    const uint8_t *session = bytes_of(at(in, "session"), 16);
    int64_t round = round_number(at(in, "round"));
    int64_t me = some_member(at(in, "me")), peer = peer_of(me, at(in, "peer"));
    const uint8_t *secret = bytes_of(at(in, "secret"), 32), *theirs = bytes_of(at(in, "public"), 32);
    uint8_t z[32], mine[32], key[32];
    agree(z, mine, secret, theirs);
    Joined info = {take(128), 0};
    join(&info, "anonspec dcnet pad1", 19);
    join(&info, session, 16);
    join_number(&info, (uint64_t)round, 8);
    join_number(&info, g.mod, 1);
    join_number(&info, g.top, 8);
    join(&info, me < peer ? mine : theirs, 32);
    join(&info, me < peer ? theirs : mine, 32);
    derive_key(key, z, &info);
    size_t n = g.mod ? g.width + 16 : g.width;
    uint8_t *stream = keystream(key, n);
    Wide rest = 0;
    for (size_t i = 0; g.mod && i < n; i++) rest = (rest << 8 | stream[i]) % ((Wide)g.top + 1);
    if (g.mod) set_number(stream, g.width, (uint64_t)rest);
    give_word(g, stream);
}

/* ---- member ------------------------------------------------------------------------------------------------------ */

/* DCN-6 DCN-7 DCN-8 */
static void begin_member(Subject *s, const J *params) {
    s->group = group(at(params, "group"));
    Net graph = net(params);
    s->members = graph.members;
    s->me = any_integer(at(params, "me"));
    if (s->me < 0 || s->me >= s->members) reject("DCN-7", "not on the roster");
    s->neighbour = must_have(malloc((size_t)s->members * sizeof *s->neighbour));
    for (const Pair *e = graph.edge; e < graph.edge + graph.edges; e++)
        if (e->low == s->me || e->high == s->me) s->neighbour[s->neighbours++] = e->low == s->me ? e->high : e->low;
}

/* DCN-9 DCN-11 DCN-12 DCN-13 */
static void speak(Subject *s, const J *in) {
    int64_t round = round_number(at(in, "round"));
    const J *pads = map(at(in, "pads")), *message = at(in, "message");
    uint8_t *zero = take(s->group.width), *w = message->kind == J_NULL ? zero : word(s->group, message);
    if (w != zero && same(s->group, w, zero)) reject("DCN-11", "the word zero is no message");
    bool fits = pads->n == s->neighbours;
    for (size_t i = 0; fits && i < s->neighbours; i++) fits = entry(pads, s->neighbour[i]);
    if (!fits) reject("DCN-12", "the pads are not those of the neighbours");
    if (round <= s->last) reject("DCN-13", "the pads of this round are spent");
    add_shares(s->group, w, s->me, pads);
    s->last = round;
    give_word(s->group, w);
}

/* ---- reader ------------------------------------------------------------------------------------------------------ */

/* DCN-6 */
static void begin_reader(Subject *s, const J *params) {
    s->group = group(at(params, "group"));
    s->members = s->missing = roster(at(params, "members"));
    s->round = round_number(at(params, "round"));
    if ((uint64_t)s->members > MAX_LINE / 2) fail("a list of so many missing members does not fit on a line");
    s->memory_size = (size_t)s->members + s->group.width;
    s->memory = must_have(calloc(s->memory_size, 1));
    s->heard = s->memory;
    s->sum = s->memory + s->members;
}

/* DCN-10 DCN-18 */
static void report(const Subject *s) {
    static const char *const states[] = {"waiting", "combined", "failed"};
    put("{\"state\":\"%s\",\"missing\":[", states[s->state]);
    for (int64_t i = 0; i < s->members && !out.full; i++) {
        if (s->heard[i]) continue;
        put_comma();
        put("%" PRId64, i);
    }
    put(s->state == COMBINED ? "],\"sum\":\"" : "],\"sum\":null}");
    if (s->state == COMBINED) {
        put_hex(s->sum, s->group.width);
        put("\"}");
    }
}

/* DCN-19 */
static void check_waiting(const Subject *s) {
    if (s->state != WAITING) reject("DCN-19", "the round is over");
}

/* DCN-10 DCN-16 DCN-17 DCN-19 */
static void hear(Subject *s, const J *in) {
    int64_t round = round_number(at(in, "round")), member = any_integer(at(in, "member"));
    const uint8_t *w = word(s->group, at(in, "word"));
    check_waiting(s);
    if (round != s->round) reject("DCN-17", "an announcement for another round");
    if (member < 0 || member >= s->members) reject("DCN-16", "not on the roster");
    if (s->heard[member])
        leave((Refusal){REJECT, .clause = "DCN-16", .reason = "a second one", .blames = true, .culprit = member});
    s->heard[member] = true;
    add_signed(s->group, s->sum, w, false);
    if (--s->missing == 0) s->state = COMBINED;
    report(s);
}

/* DCN-18 DCN-19 */
static void close_round(Subject *s, const J *in) {
    (void)in;
    check_waiting(s);
    s->state = FAILED;
    report(s);
}

static void look(Subject *s, const J *in) {
    (void)in;
    report(s);
}

/* ---- reservation ------------------------------------------------------------------------------------------------- */

/* DCN-20 */
static uint64_t slot(Group g, const J *j) {
    int64_t choice = any_integer(j);
    if (choice < 0 || (uint64_t)choice >= 8 * (uint64_t)g.width) reject("DCN-20", "no such slot");
    return (uint64_t)choice;
}

static int reads(const uint8_t *w, uint64_t slot) { return w[slot / 8] >> (7 - slot % 8) & 1; }

/* DCN-20 */
static void do_reserve(const J *in) {
    Group g = xor_group(at(in, "group"), "DCN-20");
    uint64_t choice = slot(g, at(in, "choice"));
    uint8_t *w = take(g.width);
    w[choice / 8] = (uint8_t)(0x80 >> choice % 8);
    give_word(g, w);
}

/* DCN-20 DCN-21 DCN-22 */
static void do_turn(const J *in) {
    Group g = xor_group(at(in, "group"), "DCN-20");
    const uint8_t *sum = word(g, at(in, "sum"));
    uint64_t choice = slot(g, at(in, "choice"));
    int before = 0;
    for (uint64_t i = 0; i < choice; i++) before += reads(sum, i);
    if (reads(sum, choice))
        put("{\"turn\":%d}", before);
    else
        put("{\"turn\":null}");
}

/* DCN-23 */
static void do_lost(const J *in) {
    Group g = group(at(in, "group"));
    const uint8_t *sent = word(g, at(in, "sent")), *sum = word(g, at(in, "sum"));
    put("{\"lost\":%s}", same(g, sent, sum) ? "false" : "true");
}

/* ---- averaging --------------------------------------------------------------------------------------------------- */

typedef struct {
    Group group;
    uint64_t members, most; /* most: the largest value, 2^v - 1 */
    int shift;              /* v + h */
} Scale;

/* DCN-6 DCN-24 */
static Scale scale(const J *in) {
    Scale s = {.group = group(at(in, "group")), .members = (uint64_t)roster(at(in, "members"))};
    int h = 64 - __builtin_clzll(s.members), v = __builtin_popcountll(s.group.top) - 2 * h;
    if (!s.group.mod || (s.group.top & (s.group.top + 1)) != 0 || v < 1)
        reject("DCN-24", "the group is not mod of 2^(v + 2h)");
    s.most = ((uint64_t)1 << v) - 1;
    s.shift = v + h;
    return s;
}

/* DCN-24 */
static void do_signal(const J *in) {
    Scale s = scale(in);
    uint8_t *w = word(s.group, at(in, "value"));
    uint64_t x = get_number(w, s.group.width);
    if (x > s.most) reject("DCN-24", "a value of more than v bits");
    set_number(w, s.group.width, ((uint64_t)1 << s.shift) + x);
    give_word(s.group, w);
}

/* What the chapter calls a group: members whose values collided. */
typedef struct { uint64_t low, high, count, total; } Crowd;

/* Crowds to be resolved, the last one first; and those resolved, whose values are all the same, `low`. */
typedef struct {
    Crowd *waiting, *received;
    size_t waits, receives;
} Resolution;

/* No product overflows: a count is below 2^h, a value below 2^v, and v + 2h at most 64. DCN-26 */
static void await(Resolution *r, Crowd c) {
    if (c.total < c.count * c.low || c.total > c.count * c.high)
        reject("DCN-26", "a total that the range does not allow");
    r->waiting[r->waits++] = c;
}

/* Takes in the sum of the round for which the crowd that comes next was asked. DCN-25 DCN-26 */
static void resolve(Resolution *r, uint64_t count, uint64_t total) {
    if (r->waits == 0) reject("DCN-26", "a sum after the last group was resolved");
    Crowd all = r->waiting[--r->waits];
    uint64_t mean = all.total / all.count;
    if (count == 0 || count > all.count || total > all.total)
        reject("DCN-26", "more than the group can have, or nobody");
    if (count < all.count) {
        await(r, (Crowd){mean + 1, all.high, all.count - count, all.total - total});
        await(r, (Crowd){all.low, mean, count, total});
    } else if (total == all.total && total == count * mean) {
        r->received[r->receives++] = (Crowd){mean, mean, count, total};
    } else {
        reject("DCN-26", "all once more, but not with the mean");
    }
}

/* Receives what needs no further round. DCN-25 */
static void settle(Resolution *r) {
    while (r->waits > 0 && r->waiting[r->waits - 1].count < 2) {
        Crowd c = r->waiting[--r->waits];
        if (c.count == 1) r->received[r->receives++] = (Crowd){c.total, c.total, 1, c.total};
    }
}

static void put_value(Group g, uint64_t value) {
    uint8_t w[8] = {0};
    set_number(w, g.width, value);
    put_comma();
    put("\"");
    put_hex(w, g.width);
    put("\"");
}

/* Each sum makes the crowds that wait one more at most, and ends two at most. DCN-25 DCN-26 */
static void do_average(const J *in) {
    Scale s = scale(in);
    const J *sums = list(at(in, "sums"));
    Crowd *room = take((3 * (size_t)sums->n + 2) * sizeof(Crowd));
    Resolution r = {.waiting = room, .received = room + sums->n + 1};
    for (uint32_t i = 0; i < sums->n; i++) {
        uint64_t sum = get_number(word(s.group, &sums->item[i]), s.group.width);
        uint64_t count = sum >> s.shift, total = sum & (((uint64_t)1 << s.shift) - 1);
        if (count > s.members) reject("DCN-26", "more senders than members");
        if (i == 0)
            await(&r, (Crowd){0, s.most, count, total});
        else
            resolve(&r, count, total);
        settle(&r);
    }
    put("{\"received\":[");
    for (const Crowd *c = r.received; c < r.received + r.receives; c++)
        for (uint64_t k = 0; k < c->count && !out.full; k++) put_value(s.group, c->low);
    bool resolved = sums->n > 0 && r.waits == 0;
    put(resolved ? "],\"ask\":null}" : "],\"ask\":[");
    if (resolved) return;
    Crowd next = r.waits ? r.waiting[r.waits - 1] : (Crowd){0, s.most, 1, s.most};
    put_value(s.group, next.low);
    put_value(s.group, next.total / next.count);
    put("]}");
}

/* ---- traps ------------------------------------------------------------------------------------------------------- */

enum { PAD, MESSAGE, TRAP };

/* The commitment to `w` with a question's session, round and nonce; `me` and `peer` count for a pad only. DCN-27 */
static uint8_t *commitment(const J *in, Group g, int kind, int64_t me, int64_t peer, const uint8_t *w) {
    const uint8_t *session = bytes_of(at(in, "session"), 16), *nonce = bytes_of(at(in, "nonce"), 32);
    Joined all = {take(128 + g.width), 0};
    join(&all, "anonspec dcnet com1", 19);
    join_number(&all, (uint64_t)kind, 1);
    join(&all, session, 16);
    join_number(&all, (uint64_t)round_number(at(in, "round")), 8);
    if (kind == PAD) {
        join_number(&all, (uint64_t)me, 4);
        join_number(&all, (uint64_t)peer, 4);
    }
    join(&all, nonce, 32);
    join(&all, w, g.width);
    uint8_t *hash = take(32);
    must(EVP_Digest(all.b, all.n, hash, NULL, EVP_sha256(), NULL) > 0);
    return hash;
}

/* Cut to four bytes, a larger number would commit in another member's name. DCN-7 DCN-27 HP-15 */
static void do_commit_pad(const J *in) {
    Group g = group(at(in, "group"));
    int64_t me = some_member(at(in, "me")), peer = peer_of(me, at(in, "peer"));
    if (me > UINT32_MAX || peer > UINT32_MAX) malformed("a member's number of more than four bytes");
    give("commitment", commitment(in, g, PAD, me, peer, word(g, at(in, "pad"))), 32);
}

/* DCN-27 */
static void do_commit_word(const J *in) {
    Group g = group(at(in, "group"));
    int kind = truth(at(in, "trap")) ? TRAP : MESSAGE;
    give("commitment", commitment(in, g, kind, 0, 0, word(g, at(in, "word"))), 32);
}

/* All fields are read before anything is judged. DCN-28 DCN-29 DCN-30 */
static void do_may_open(const J *in) {
    Group g = group(at(in, "group"));
    bool trap = truth(at(in, "trap"));
    const uint8_t *w = word(g, at(in, "word")), *published = bytes_of(at(in, "commitment"), 32);
    const uint8_t *opened = commitment(in, g, TRAP, 0, 0, w);
    uint8_t *sum = word(g, at(in, "sum"));
    if (!trap) reject("DCN-28", "a message is never opened");
    if (memcmp(opened, published, 32) != 0) reject("DCN-29", "the opening does not give the commitment");
    if (same(g, sum, w)) reject("DCN-30", "the trap was not spoiled");
    add_signed(g, sum, w, true);
    give("excess", sum, g.width);
}

/* For each member the map of the pads that it opened, or NULL if it refused: if there is none, or not one for exactly
 * its edges. DCN-1 DCN-31 */
static const J **openings(Group g, const Net *graph, const J *opened) {
    const J **opening = take((size_t)graph->members * sizeof *opening);
    uint32_t *fitting = take((size_t)graph->members * sizeof *fitting);
    bool *strange = take((size_t)graph->members);
    for (uint32_t i = 0; i < map(opened)->n; i++) {
        int64_t member = member_of_key(&opened->member[i].key);
        const J *pads = &opened->member[i].value;
        if (member >= graph->members) continue; /* whoever else opens something is left aside */
        for (uint32_t k = 0; pads->kind != J_NULL && k < map(pads)->n; k++) word(g, &pads->member[k].value);
        opening[member] = pads->kind == J_NULL ? NULL : pads;
    }
    for (const Pair *e = graph->edge; e < graph->edge + graph->edges; e++) {
        int64_t end[2] = {e->low, e->high};
        for (int k = 0; k < 2; k++) {
            bool fits = opening[end[k]] && entry(opening[end[k]], end[!k]);
            fitting[end[k]] += fits;
            strange[end[k]] |= !fits;
        }
    }
    for (int64_t i = 0; i < graph->members; i++)
        if (opening[i] && (strange[i] || opening[i]->n != fitting[i])) opening[i] = NULL;
    return opening;
}

/* Taking from each announcement what it should be made of leaves zero for those who kept to what they opened.
 * DCN-16 DCN-31 DCN-32 */
static void do_blame(const J *in) {
    Group g = group(at(in, "group"));
    Net graph = net(in);
    int64_t n = graph.members, owner = any_integer(at(in, "owner"));
    const uint8_t *trap = word(g, at(in, "trap")), *zero = take(g.width);
    const J *announced = map(at(in, "announced")), **opening = openings(g, &graph, at(in, "opened"));
    if (owner < 0 || owner >= n) reject("DCN-16", "the owner is not on the roster");
    uint8_t **rest = take((size_t)n * sizeof *rest);
    for (int64_t i = 0; i < n; i++) {
        const J *w = entry(announced, i);
        if (!w || announced->n != n) reject("DCN-16", "the announcements are not those of the roster");
        rest[i] = word(g, w);
    }
    add_signed(g, rest[owner], trap, true);
    bool *disputed = take(graph.edges);
    for (size_t e = 0; e < graph.edges; e++) {
        int64_t low = graph.edge[e].low, high = graph.edge[e].high;
        const uint8_t *by_low = opening[low] ? word(g, entry(opening[low], high)) : NULL;
        const uint8_t *by_high = opening[high] ? word(g, entry(opening[high], low)) : NULL;
        if (by_low) add_signed(g, rest[low], by_low, true);
        if (by_high) add_signed(g, rest[high], by_high, false);
        disputed[e] = by_low && by_high && !same(g, by_low, by_high);
    }
    put("{\"disruptors\":[");
    for (int64_t i = 0; i < n; i++) {
        if (opening[i] && same(g, rest[i], zero)) continue;
        put_comma();
        put("%" PRId64, i);
    }
    put("],\"disputed\":[");
    for (size_t e = 0; e < graph.edges; e++) {
        if (!disputed[e]) continue;
        put_comma();
        put("[%" PRId64 ",%" PRId64 "]", graph.edge[e].low, graph.edge[e].high);
    }
    put("]}");
}

/* ---- anonymity --------------------------------------------------------------------------------------------------- */

/* A component's root is its least member, so the pairs of root and member, sorted, are the sets in order. DCN-33 */
static void do_anonymity_sets(const J *in) {
    Net graph = net(in);
    const J *coalition = list(at(in, "coalition"));
    bool *colludes = take((size_t)graph.members);
    for (uint32_t i = 0; i < coalition->n; i++) {
        int64_t member = any_integer(&coalition->item[i]);
        if (member < 0 || member >= graph.members || colludes[member])
            reject("DCN-33", "the coalition is not a set of members");
        colludes[member] = true;
    }
    const int64_t *part = components(&graph, colludes);
    Pair *honest = take((size_t)graph.members * sizeof *honest);
    size_t n = 0;
    for (int64_t i = 0; i < graph.members; i++)
        if (!colludes[i]) honest[n++] = (Pair){part[i], i};
    qsort(honest, n, sizeof *honest, by_pair);
    put("{\"sets\":[");
    for (size_t i = 0; i < n; i++) {
        bool goes_on = i > 0 && honest[i].low == honest[i - 1].low;
        put("%s%" PRId64, goes_on ? "," : i > 0 ? "],[" : "[", honest[i].high);
    }
    put(n > 0 ? "]]}" : "]}");
}

/* DCN-6 DCN-34 */
static void do_least_keys(const J *in) {
    int64_t n = roster(at(in, "members")), t = any_integer(at(in, "colluders"));
    if (t < 0 || t > n - 2) reject("DCN-34", "so many colluders leave no two honest members");
    Wide keys = t == 0 ? (Wide)n - 1 : ((Wide)n * (Wide)(t + 1) + 1) / 2;
    if (keys > (Wide)MAX_INTEGER) fail("more keys than an integer of the protocol can say");
    put("{\"keys\":%" PRId64 "}", (int64_t)keys);
}

/* ---- tables of operations ---------------------------------------------------------------------------------------- */

static const Operation operations[] = {
    {"dcnet.frame", {"group", "message"}, do_frame},
    {"dcnet.unframe", {"group", "word"}, do_unframe},
    {"dcnet.say", {"coins", "paid"}, do_say},
    {"dcnet.payer", {"said"}, do_payer},
    {"dcnet.announce", {"group", "me", "pads", "message"}, do_announce},
    {"dcnet.combine", {"group", "words"}, do_combine},
    {"dcnet.pad", {"group", "session", "round", "me", "peer", "secret", "public"}, do_pad},
    {"dcnet.reserve", {"group", "choice"}, do_reserve},
    {"dcnet.turn", {"group", "sum", "choice"}, do_turn},
    {"dcnet.lost", {"group", "sent", "sum"}, do_lost},
    {"dcnet.signal", {"group", "members", "value"}, do_signal},
    {"dcnet.average", {"group", "members", "sums"}, do_average},
    {"dcnet.commit_pad", {"group", "session", "round", "me", "peer", "nonce", "pad"}, do_commit_pad},
    {"dcnet.commit_word", {"group", "session", "round", "trap", "nonce", "word"}, do_commit_word},
    {"dcnet.may_open", {"group", "session", "round", "commitment", "trap", "nonce", "word", "sum"}, do_may_open},
    {"dcnet.blame", {"group", "members", "edges", "owner", "trap", "announced", "opened"}, do_blame},
    {"dcnet.anonymity_sets", {"members", "edges", "coalition"}, do_anonymity_sets},
    {"dcnet.least_keys", {"members", "colluders"}, do_least_keys},
};

static const Role roles[] = {
    {"dcnet.member", {"group", "members", "edges", "me"}, begin_member,
     {{"speak", {"round", "pads", "message"}, speak}}},
    {"dcnet.reader", {"group", "members", "round"}, begin_reader,
     {{"hear", {"round", "member", "word"}, hear}, {"close", {NULL}, close_round}, {"look", {NULL}, look}}},
};

/* HP-11 HP-12 */
static const Operation *operation_named(const J *name) {
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (is(name, operations[i].name)) return &operations[i];
    return NULL;
}

/* HP-11 HP-12 */
static const Role *role_named(const J *name) {
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (is(name, roles[i].name)) return &roles[i];
    return NULL;
}
