/*
 * onion: chapter `onion` (profile anonspec-1) behind the harness protocol HP/1, written from the text alone.
 *
 * Reads questions from standard input, one JSON object on a line, and writes one answer to each.
 *     cc -std=gnu11 -O2 -Wall -Wextra -Werror -o onion onion.c -lcrypto
 *
 * Parts: memory and output; JSON; fields of questions; primitives; packets; operations; roles; the protocol.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

enum {
    MOST = 20,                 /* mixes on a route, at most (ONI-1) */
    COMMAND = 45,              /* bytes of a command */
    SLOT = COMMAND + 16,       /* a command and the tag for the next mix */
    ROUTING = MOST * SLOT,     /* bytes of the longest routing */
    TAG = 16,
    ZEROS = 16,                /* in front of every message */
    KEYS = 256,                /* bytes of keys(s, alpha, y), and where its parts begin */
    MU = 0, RHO = 32, BLIND = 64, REPLAY = 96, PI = 128,
    DEEP = 100,                /* nesting of a message (HP-5) */
    LONGEST = 1 << 24          /* bytes of a line, line feed included */
};

#define TIMES ((uint64_t)1 << 53)    /* all times, numbers and epochs are below */

/* ---------------------------------------------------------------------------------------- memory and output */

/* What lives as long as one question: a list of blocks, freed together. */
struct piece {
    struct piece *next;
    max_align_t data[];
};

static struct piece *pieces;

static void *checked(void *p) {
    if (!p) {
        fputs("onion: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static void *take(size_t n) {
    struct piece *p = checked(calloc(1, sizeof *p + n));
    p->next = pieces;
    pieces = p;
    return p->data;
}

static void drop_pieces(void) {
    while (pieces) {
        struct piece *p = pieces;
        pieces = p->next;
        free(p);
    }
}

struct text {
    char *p;
    size_t len, room;
};

static void grow(struct text *t, size_t more) {
    if (t->room - t->len > more)
        return;
    t->room = 2 * (t->len + more) + 256;
    t->p = checked(realloc(t->p, t->room));
}

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *form, ...) {
    va_list a;
    va_start(a, form);
    int n = vsnprintf(NULL, 0, form, a);
    va_end(a);
    grow(t, (size_t)n + 1);
    va_start(a, form);
    vsnprintf(t->p + t->len, (size_t)n + 1, form, a);
    va_end(a);
    t->len += (size_t)n;
}

/* A JSON text; what stands in it is UTF-8 as it was read. */
static void put_string(struct text *t, const char *s, size_t len) {
    grow(t, 6 * len + 3);
    t->p[t->len++] = '"';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20)
            t->len += (size_t)sprintf(t->p + t->len, "\\u%04x", c);
        else {
            if (c == '"' || c == '\\')
                t->p[t->len++] = '\\';
            t->p[t->len++] = (char)c;
        }
    }
    t->p[t->len++] = '"';
}

/* Bytes, as a JSON text of hexadecimal digits, and what stands before and behind them. */
static void put_hex(struct text *t, const char *before, const uint8_t *p, size_t len, const char *behind) {
    static const char digits[] = "0123456789abcdef";
    put(t, "%s\"", before);
    grow(t, 2 * len);
    for (size_t i = 0; i < len; i++) {
        t->p[t->len++] = digits[p[i] >> 4];
        t->p[t->len++] = digits[p[i] & 15];
    }
    put(t, "\"%s", behind);
}

/* ------------------------------------------------------------------------------------------------------ JSON */

enum type { NIL, TRUTH, INTEGER, OTHER_NUMBER, STRING, ARRAY, OBJECT };

struct node {
    struct node *next;           /* in the list of its parent */
    char *key;                   /* if the parent is an object */
    size_t key_len;
    enum type type;
    union {
        int64_t num;             /* TRUTH, INTEGER */
        struct { char *s; size_t len; };    /* STRING */
        struct node *child;      /* ARRAY, OBJECT */
    };
};

/* The line that is read ends in a zero byte, which stands nowhere in JSON: no need to look for the end. */
static void skip(char **p) {
    while (**p == ' ' || **p == '\t' || **p == '\r' || **p == '\n')
        ++*p;
}

static int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex4(const char *p, uint32_t *out) {
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int d = digit(p[i] >= 'A' && p[i] <= 'F' ? (char)(p[i] + 32) : p[i]);
        if (d < 0)
            return false;
        *out = *out << 4 | (uint32_t)d;
    }
    return true;
}

static char *put_utf8(char *w, uint32_t c) {
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
    *w++ = (char)(first[more] | c >> 6 * more);
    while (more-- > 0)
        *w++ = (char)(0x80 | (c >> 6 * more & 63));
    return w;
}

/* A text, unescaped where it stands: it only gets shorter. */
static bool read_string(char **p, char **s, size_t *len) {
    if (**p != '"')
        return false;
    char *r = *p + 1, *w = r;
    *s = w;
    while (*r != '"') {
        if ((unsigned char)*r < 0x20)
            return false;
        if (*r != '\\') {
            *w++ = *r++;
            continue;
        }
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        char c = r[1];
        const char *at = c ? strchr(from, c) : NULL;
        if (at) {
            *w++ = to[at - from];
            r += 2;
            continue;
        }
        uint32_t u, low;
        if (c != 'u' || !hex4(r + 2, &u))
            return false;
        r += 6;
        if (u >= 0xd800 && u < 0xe000) {    /* the first of a pair */
            if (u >= 0xdc00 || r[0] != '\\' || r[1] != 'u' || !hex4(r + 2, &low) || low < 0xdc00 || low >= 0xe000)
                return false;
            u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
            r += 6;
        }
        w = put_utf8(w, u);
    }
    *len = (size_t)(w - *s);
    *p = r + 1;
    return true;
}

static bool digits(char **p) {
    char *start = *p;
    while (**p >= '0' && **p <= '9')
        ++*p;
    return *p > start;
}

static bool read_number(char **p, struct node *n) {
    bool minus = **p == '-', whole = true;
    if (minus)
        ++*p;
    char *start = *p;
    if (!digits(p) || (*start == '0' && *p > start + 1))
        return false;
    char *end = *p;
    if (**p == '.') {
        ++*p;
        whole = false;
        if (!digits(p))
            return false;
    }
    if (**p == 'e' || **p == 'E') {
        ++*p;
        whole = false;
        if (**p == '+' || **p == '-')
            ++*p;
        if (!digits(p))
            return false;
    }
    n->type = OTHER_NUMBER;
    if (whole && end - start <= 16) {
        int64_t v = 0;
        for (char *c = start; c < end; c++)
            v = 10 * v + (*c - '0');
        if (v <= (int64_t)TIMES) {
            n->type = INTEGER;
            n->num = minus ? -v : v;
        }
    }
    return true;
}

static bool word(char **p, const char *w) {
    size_t n = strlen(w);
    if (strncmp(*p, w, n))
        return false;
    *p += n;
    return true;
}

static struct node *read_value(char **p, int depth);

/* What stands between brackets. */
static bool read_inside(char **p, struct node *n, int depth) {
    char close = n->type == OBJECT ? '}' : ']';
    struct node **end = &n->child;
    ++*p;
    skip(p);
    if (**p == close) {
        ++*p;
        return true;
    }
    for (;;) {
        char *key = NULL;
        size_t len = 0;
        skip(p);
        if (n->type == OBJECT) {
            if (!read_string(p, &key, &len))
                return false;
            skip(p);
            if (*(*p)++ != ':')
                return false;
        }
        struct node *v = read_value(p, depth + 1);
        if (!v)
            return false;
        v->key = key;
        v->key_len = len;
        *end = v;
        end = &v->next;
        skip(p);
        if (**p == close) {
            ++*p;
            return true;
        }
        if (*(*p)++ != ',')
            return false;
    }
}

/* NULL if what stands there is no JSON value, or too deep. */
static struct node *read_value(char **p, int depth) {
    struct node *n = take(sizeof *n);
    bool good;
    skip(p);
    switch (**p) {
    case '{':
    case '[':
        n->type = **p == '{' ? OBJECT : ARRAY;
        good = depth < DEEP && read_inside(p, n, depth);
        break;
    case '"':
        n->type = STRING;
        good = read_string(p, &n->s, &n->len);
        break;
    case 'n':
        n->type = NIL;
        good = word(p, "null");
        break;
    case 't':
        n->type = TRUTH;
        n->num = 1;
        good = word(p, "true");
        break;
    case 'f':
        n->type = TRUTH;
        good = word(p, "false");
        break;
    default:
        good = read_number(p, n);
    }
    return good ? n : NULL;
}

static bool is(const char *s, size_t len, const char *name) {
    return len == strlen(name) && !memcmp(s, name, len);
}

static struct node *member(const struct node *o, const char *name) {
    for (struct node *c = o->child; c; c = c->next)
        if (is(c->key, c->key_len, name))
            return c;
    return NULL;
}

/* ----------------------------------------------------------------------------------------------- refusals */

/* Whatever can be refused returns NULL or the clause, with a reason for a person. Two are no clauses: FAILED (the
   program itself failed, which the primitives note in `broken`) and UNSUPPORTED (of what is `unknown`). */
static char reason[160];
static bool broken;
static const char FAILED[] = "failed", UNSUPPORTED[] = "unsupported";
static const char *unknown;
static size_t unknown_len;

__attribute__((format(printf, 2, 3))) static const char *refuse(const char *clause, const char *form, ...) {
    va_list a;
    va_start(a, form);
    vsnprintf(reason, sizeof reason, form, a);
    va_end(a);
    return clause;
}

#define TRY(call)                           \
    do {                                    \
        const char *clause_ = (call);       \
        if (clause_)                        \
            return clause_;                 \
    } while (0)

/* --------------------------------------------------------------------------------------- fields of questions */

struct hop {
    uint32_t mix;
    const uint8_t *public;
    uint64_t delay, earliest, latest;
};

struct value {
    uint64_t num;          /* a number; a truth value; of a name its place in `draws` */
    uint8_t *p;            /* bytes; of a list of keys all of them; NULL for null */
    size_t len;            /* of bytes, or how many keys or hops */
    struct hop *route;
    struct value *block;   /* first, header, key */
};

enum kind { NUMBER, BYTES, BYTES_OR_NULL, FLAG, DRAW, KEY_LIST, ROUTE, BLOCK };

struct field {
    const char *name;
    enum kind kind;
    uint64_t low, high;    /* limits of a number, or of how many bytes or elements */
};

#define NUM(name, below)  {name, NUMBER, 0, (uint64_t)(below) - 1}
#define PARTY(name)       NUM(name, (uint64_t)1 << 32)
#define TIME(name)        NUM(name, TIMES)
#define SMALL(name)       NUM(name, 256)
#define PAYLOAD           NUM("payload", 65536)
#define FIXED(name, n)    {name, BYTES, n, n}
#define ANY(name)         {name, BYTES, 0, SIZE_MAX}
#define SEED_OR_NULL      {"seed", BYTES_OR_NULL, 32, 32}
#define THE_ROUTE         {"route", ROUTE, 0, 255}

static const struct draw {
    char name[5];
    size_t size;           /* 0: as many as the padding of a header has */
} draws[] = {{"once", 32}, {"pads", 0}, {"mark", 16}, {"lock", 32}};

enum { ONCE, PADS, MARK, LOCK, DRAWS };

static const struct field hop_fields[] = {
    PARTY("mix"), FIXED("public", 32), TIME("delay"), TIME("earliest"), TIME("latest")};
static const struct field block_fields[] = {PARTY("first"), ANY("header"), FIXED("key", 32)};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MALFORMED "HP-15"

/* Bytes, decoded where the text stands. */
static const char *read_bytes(const struct node *n, const char *name, uint64_t low, uint64_t high, struct value *v) {
    if (n->type != STRING || n->len % 2)
        return refuse(MALFORMED, "%s: no bytes", name);
    v->p = (uint8_t *)n->s;
    v->len = n->len / 2;
    if (v->len < low || v->len > high)
        return refuse(MALFORMED, "%s: %zu bytes", name, v->len);
    for (size_t i = 0; i < v->len; i++) {
        int a = digit(n->s[2 * i]), b = digit(n->s[2 * i + 1]);
        if (a < 0 || b < 0)
            return refuse(MALFORMED, "%s: not lowercase hexadecimal", name);
        v->p[i] = (uint8_t)(a << 4 | b);
    }
    return NULL;
}

static const char *read_fields(const struct node *o, const char *what, const struct field *f, size_t count,
                               struct value *v);

static const char *read_list(const struct node *n, const struct field *f, struct value *v) {
    size_t i = 0;
    if (n->type != ARRAY)
        return refuse(MALFORMED, "%s: no list", f->name);
    for (const struct node *c = n->child; c; c = c->next)
        v->len++;
    if (v->len < f->low || v->len > f->high)
        return refuse(MALFORMED, "%s: %zu elements", f->name, v->len);
    if (f->kind == KEY_LIST)
        v->p = take(32 * v->len);
    else
        v->route = take(v->len * sizeof *v->route);
    for (const struct node *c = n->child; c; c = c->next, i++) {
        struct value h[COUNT(hop_fields)] = {0};
        if (f->kind == KEY_LIST) {
            TRY(read_bytes(c, f->name, 32, 32, h));
            memcpy(v->p + 32 * i, h->p, 32);
            continue;
        }
        TRY(read_fields(c, "hop", hop_fields, COUNT(hop_fields), h));
        v->route[i] = (struct hop){(uint32_t)h[0].num, h[1].p, h[2].num, h[3].num, h[4].num};
    }
    return NULL;
}

static const char *read_field(const struct node *n, const struct field *f, struct value *v) {
    switch (f->kind) {
    case NUMBER:
        if (n->type != INTEGER)
            return refuse(MALFORMED, "%s: no integer", f->name);
        if (n->num < 0 || (uint64_t)n->num > f->high)
            return refuse(MALFORMED, "%s: outside its limits", f->name);
        v->num = (uint64_t)n->num;
        return NULL;
    case BYTES_OR_NULL:
        if (n->type == NIL)
            return NULL;
        /* fall through */
    case BYTES:
        return read_bytes(n, f->name, f->low, f->high, v);
    case FLAG:
        v->num = (uint64_t)n->num;
        return n->type == TRUTH ? NULL : refuse(MALFORMED, "%s: no truth value", f->name);
    case DRAW:
        if (n->type == STRING)
            for (v->num = 0; v->num < DRAWS; v->num++)
                if (is(n->s, n->len, draws[v->num].name))
                    return NULL;
        return refuse(MALFORMED, "%s: none of a draw", f->name);
    case BLOCK:
        v->block = take(COUNT(block_fields) * sizeof *v->block);
        return read_fields(n, f->name, block_fields, COUNT(block_fields), v->block);
    default:
        return read_list(n, f, v);
    }
}

/* Exactly the fields of a table, into as many values. As each is found once, any other member (or a second of the
   same name) makes more members than fields. */
static const char *read_fields(const struct node *o, const char *what, const struct field *f, size_t count,
                               struct value *v) {
    size_t members = 0;
    if (!o || o->type != OBJECT)
        return refuse(MALFORMED, "%s: no object", what);
    for (const struct node *c = o->child; c; c = c->next)
        members++;
    for (size_t i = 0; i < count; i++) {
        const struct node *n = member(o, f[i].name);
        if (!n)
            return refuse(MALFORMED, "%s: missing", f[i].name);
        TRY(read_field(n, &f[i], &v[i]));
    }
    return members == count ? NULL : refuse(MALFORMED, "%s: a member that is no field", what);
}

/* ------------------------------------------------------------------------------------------------ primitives */

static const uint8_t nine[32] = {9}, no_mark[16];

static void put_number(uint8_t *p, uint64_t v, int bytes) {
    for (int i = bytes - 1; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}

static uint64_t get_number(const uint8_t *p, int bytes) {
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static void exor(uint8_t *a, const uint8_t *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        a[i] ^= b[i];
}

/* False, and zeros, if the result is all zeros: libcrypto refuses just that. */
static bool x25519(uint8_t out[32], const uint8_t k[32], const uint8_t u[32]) {
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, k, 32);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, u, 32);
    EVP_PKEY_CTX *c = own && peer ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    bool ready = c && EVP_PKEY_derive_init(c) > 0 && EVP_PKEY_derive_set_peer_ex(c, peer, 0) > 0, good = false;
    size_t n = 32;
    if (ready)
        good = EVP_PKEY_derive(c, out, &n) > 0 && n == 32;
    else
        broken = true;
    if (!good) {
        memset(out, 0, 32);
        ERR_clear_error();
    }
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    return good;
}

static void hmac(uint8_t out[32], const uint8_t key[32], const void *m, size_t len) {
    size_t n = 0;
    memset(out, 0, 32);
    if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, 32, m, len, out, 32, &n) || n != 32)
        broken = true;
}

/* HKDF-SHA256's expansion; `info` of up to 100 bytes. */
static void expand(uint8_t *out, size_t n, const uint8_t key[32], const void *info, size_t info_len) {
    uint8_t m[32 + 100 + 1], t[32];
    size_t head = 0;
    for (uint8_t i = 1; n; i++) {
        memcpy(m + head, info, info_len);
        m[head + info_len] = i;
        hmac(t, key, m, head + info_len + 1);
        size_t some = n < 32 ? n : 32;
        memcpy(out, t, some);
        out += some;
        n -= some;
        memcpy(m, t, 32);
        head = 32;
    }
}

static void derive_keys(uint8_t keys[KEYS], const uint8_t s[32], const uint8_t alpha[32], const uint8_t public[32]) {
    static const char label[] = "anonspec onion keys1";
    enum { L = sizeof label - 1 };
    uint8_t info[L + 64], salt[32] = {0}, prk[32];
    memcpy(info, label, L);
    memcpy(info + L, alpha, 32);
    memcpy(info + L + 32, public, 32);
    hmac(prk, salt, s, 32);
    expand(keys, KEYS, prk, info, sizeof info);
}

/* block ^= stream(key, n) */
static void stream_over(uint8_t *block, size_t n, const uint8_t key[32]) {
    static const uint8_t start[16];    /* the block counter, then the nonce */
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int len;
    if (!c || EVP_EncryptInit_ex(c, EVP_chacha20(), NULL, key, start) <= 0 ||
        EVP_EncryptUpdate(c, block, &len, block, (int)n) <= 0)
        broken = true;
    EVP_CIPHER_CTX_free(c);
}

static void mac(uint8_t out[TAG], const uint8_t key[32], const uint8_t *m, size_t len) {
    uint8_t full[32];
    hmac(full, key, m, len);
    memcpy(out, full, TAG);
}

/* LIONESS, or its inverse. */
static void permute(uint8_t *block, size_t len, const uint8_t key[128], bool back) {
    for (int round = 0; round < 4; round++) {
        int j = back ? 3 - round : round;
        uint8_t t[32];
        if (j % 2) {
            hmac(t, key + 32 * j, block + 32, len - 32);
            exor(block, t, 32);
        } else {
            memcpy(t, block, 32);
            exor(t, key + 32 * j, 32);
            stream_over(block + 32, len - 32, t);
        }
    }
}

static size_t draw_size(unsigned which, unsigned most) {
    return which == PADS ? most * SLOT - COMMAND : draws[which].size;
}

/* The labelled draw (ONI-4). */
static void labelled(uint8_t *out, const uint8_t seed[32], unsigned which, uint64_t number, unsigned most) {
    uint8_t m[32 + 1 + 4 + 8] = {0};
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    memcpy(m, seed, 32);
    memcpy(m + 33, draws[which].name, 4);
    put_number(m + 37, number, 8);
    if (!c || EVP_DigestInit_ex(c, EVP_shake256(), NULL) <= 0 || EVP_DigestUpdate(c, m, sizeof m) <= 0 ||
        EVP_DigestFinalXOF(c, out, draw_size(which, most)) <= 0)
        broken = true;
    EVP_MD_CTX_free(c);
}

/* Below 2^255 - 19, as a number in little-endian order (ONI-13). */
static bool canonical(const uint8_t u[32]) {
    if (u[31] != 0x7f)
        return u[31] < 0x7f;
    for (int i = 30; i > 0; i--)
        if (u[i] != 0xff)
            return true;
    return u[0] < 0xed;
}

/* ---------------------------------------------------------------------------------------------------- packets */

static size_t header_size(unsigned most) {
    return 32 + most * SLOT + TAG;
}

static size_t packet_size(unsigned most, size_t payload) {
    return header_size(most) + payload + ZEROS;
}

static const char *check_network(uint64_t most, uint64_t payload) {
    if (most < 1 || most > MOST)
        return refuse("ONI-1", "most is %" PRIu64, most);
    return payload < 32 ? refuse("ONI-1", "payload is %" PRIu64, payload) : NULL;
}

/* What a sender has of one mix. */
struct link {
    uint8_t alpha[32], secret[32], keys[KEYS];
};

static BIGNUM *clamped(const uint8_t k[32]) {
    uint8_t c[32];
    memcpy(c, k, 32);
    c[0] &= 248;
    c[31] = (c[31] & 127) | 64;
    return BN_lebin2bn(c, 32, NULL);
}

/* e becomes the product of e and blind, brought back to a scalar that clamping leaves alone ("Two for each mix").
   If there is none, which does not happen by chance, the program has failed. */
static void next_scalar(uint8_t e[32], const uint8_t blind[32]) {
    BN_CTX *c = BN_CTX_new();
    BIGNUM *order = NULL, *a = clamped(e), *b = clamped(blind), *k = BN_new();
    bool good = c && a && b && k && BN_dec2bn(&order, "27742317777372353535851937790883648493") &&
                BN_set_bit(order, 252) && BN_lshift(order, order, 3) && BN_mod_mul(k, a, b, order, c);
    if (good && BN_num_bits(k) < 255)
        good = BN_sub(k, order, k);
    if (!good || BN_num_bits(k) != 255 || BN_bn2lebinpad(k, e, 32) != 32)
        broken = true;
    BN_clear_free(k);
    BN_clear_free(b);
    BN_clear_free(a);
    BN_free(order);
    BN_CTX_free(c);
}

/* Elements, secrets and keys of a route (ONI-5 to ONI-7). */
static const char *make_chain(struct link *l, const uint8_t x[32], const struct hop *route, size_t n) {
    uint8_t e[32];
    memcpy(e, x, 32);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *y = route[i].public;
        if (!canonical(y))
            return refuse("ONI-6", "the key of mix %zu of the route is not canonical", i + 1);
        x25519(l[i].alpha, e, nine);
        if (!x25519(l[i].secret, e, y))
            return refuse("ONI-6", "the secret of mix %zu of the route is zero", i + 1);
        derive_keys(l[i].keys, l[i].secret, l[i].alpha, y);
        if (i + 1 < n)
            next_scalar(e, l[i].keys + BLIND);
    }
    return NULL;
}

/* The last command of a header. */
struct ending {
    uint8_t kind;
    uint32_t number;
    const uint8_t *mark;
};

static void put_command(uint8_t *p, uint8_t kind, uint32_t number, const uint8_t *mark, const struct hop *h) {
    p[0] = kind;
    put_number(p + 1, number, 4);
    memcpy(p + 5, mark, 16);
    put_number(p + 21, h->delay, 8);
    put_number(p + 29, h->earliest, 8);
    put_number(p + 37, h->latest, 8);
}

/* A header (ONI-2, ONI-5 to ONI-10), and what the sender has of each mix of the route. */
static const char *make_header(uint8_t *header, struct link *l, const uint8_t x[32], unsigned most,
                               const struct hop *route, size_t n, struct ending end, const uint8_t *padding) {
    size_t size = most * SLOT;
    uint8_t filler[ROUTING], z[ROUTING + SLOT], *beta = header + 32, *gamma = beta + size;
    if (n < 1 || n > most)
        return refuse("ONI-2", "a route of %zu mixes", n);
    TRY(make_chain(l, x, route, n));
    for (size_t i = 1; i < n; i++) {
        memset(z, 0, size + SLOT);
        stream_over(z, size + SLOT, l[i - 1].keys + RHO);
        memset(filler + SLOT * (i - 1), 0, SLOT);
        exor(filler, z + size + SLOT - SLOT * i, SLOT * i);
    }
    for (size_t i = n; i-- > 0;) {
        if (i == n - 1) {
            put_command(beta, end.kind, end.number, end.mark, &route[i]);
            memcpy(beta + COMMAND, padding, size - COMMAND);
        } else {
            memmove(beta + SLOT, beta, size - SLOT);
            put_command(beta, 0, route[i + 1].mix, no_mark, &route[i]);
            memcpy(beta + COMMAND, gamma, TAG);
        }
        stream_over(beta, size, l[i].keys + RHO);
        if (i == n - 1 && n > 1)
            memcpy(beta + size - SLOT * (n - 1), filler, SLOT * (n - 1));
        mac(gamma, l[i].keys + MU, beta, size);
    }
    memcpy(header, l[0].alpha, 32);
    return NULL;
}

/* Zeros and the padded message: payload + ZEROS bytes (MIX-27, MIX-28). */
static const char *make_body(uint8_t *body, size_t payload, const uint8_t *message, size_t len) {
    if (len >= payload)
        return refuse("MIX-28", "a message of %zu bytes", len);
    memset(body, 0, ZEROS + payload);
    memcpy(body + ZEROS, message, len);
    body[ZEROS + len] = 0x80;
    return NULL;
}

/* The message of a body, of which `changed` is the clause if the zeros are not there. */
static const char *read_body(const uint8_t *body, size_t payload, const char *changed, size_t *len) {
    uint8_t any = 0;
    for (size_t i = 0; i < ZEROS; i++)
        any |= body[i];
    if (any)
        return refuse(changed, "the payload was changed");
    size_t n = payload;
    while (n > 0 && !body[ZEROS + n - 1])
        n--;
    if (n == 0 || body[ZEROS + n - 1] != 0x80)
        return refuse("MIX-30", "not padded");
    *len = n - 1;
    return NULL;
}

/* What a mix passes on or delivers. */
struct passed {
    uint8_t kind;
    uint32_t number;
    uint8_t mark[16];
    uint64_t delay, earliest, latest;
    const uint8_t *data;    /* the packet, or what is delivered */
    size_t len;
    uint8_t replay[32];
};

/* A growing list of things of one size, each known by its first bytes. */
struct list {
    uint8_t *p;
    size_t n, room, size;
};

static uint8_t *find(const struct list *l, const uint8_t *key, size_t len) {
    for (size_t i = 0; i < l->n; i++)
        if (!memcmp(l->p + i * l->size, key, len))
            return l->p + i * l->size;
    return NULL;
}

static void append(struct list *l, const void *item) {
    if (l->n == l->room) {
        l->room = 2 * l->room + 4;
        l->p = checked(realloc(l->p, l->room * l->size));
    }
    memcpy(l->p + l->n++ * l->size, item, l->size);
}

static void put_back(struct list *l, uint8_t *item) {
    size_t at = (size_t)(item - l->p) / l->size;
    l->n--;
    memmove(item, item + l->size, (l->n - at) * l->size);
}

/* Takes a packet as a mix does that has seen the replay tags `seen` (ONI-12 to ONI-21). The packet is changed. */
static const char *peel(struct passed *out, const uint8_t secret[32], unsigned most, size_t payload, uint8_t *packet,
                        size_t len, const struct list *seen) {
    size_t size = most * SLOT;
    uint8_t public[32], s[32], keys[KEYS], tag[TAG], opened[ROUTING + SLOT] = {0};
    uint8_t *alpha = packet, *beta = packet + 32, *gamma = beta + size, *delta = gamma + TAG;
    if (len != packet_size(most, payload))
        return refuse("ONI-12", "a packet of %zu bytes", len);
    if (!canonical(alpha))
        return refuse("ONI-13", "the element is not canonical");
    if (!x25519(s, secret, alpha))
        return refuse("ONI-14", "the secret is zero");
    x25519(public, secret, nine);
    derive_keys(keys, s, alpha, public);
    mac(tag, keys + MU, beta, size);
    if (CRYPTO_memcmp(tag, gamma, TAG))
        return refuse("ONI-15", "the tag does not fit");
    memcpy(out->replay, keys + REPLAY, 32);
    if (seen && find(seen, out->replay, 32))
        return refuse("ONI-16", "a copy");

    memcpy(opened, beta, size);
    stream_over(opened, size + SLOT, keys + RHO);
    out->kind = opened[0];
    out->number = (uint32_t)get_number(opened + 1, 4);
    memcpy(out->mark, opened + 5, 16);
    out->delay = get_number(opened + 21, 8);
    out->earliest = get_number(opened + 29, 8);
    out->latest = get_number(opened + 37, 8);
    if (out->kind > 2)
        return refuse("ONI-17", "a command of kind %d", out->kind);
    if (out->delay >= TIMES || out->earliest >= TIMES || out->latest >= TIMES)
        return refuse("ONI-17", "an instruction out of bounds");

    permute(delta, payload + ZEROS, keys + PI, true);
    out->data = delta;
    out->len = payload + ZEROS;
    if (out->kind == 0) {
        x25519(s, keys + BLIND, alpha);
        memcpy(alpha, s, 32);
        memcpy(beta, opened + SLOT, size);
        memcpy(gamma, opened + COMMAND, TAG);
        out->data = packet;
        out->len = len;
    } else if (out->kind == 1) {
        TRY(read_body(delta, payload, "ONI-20", &out->len));
        out->data = delta + ZEROS;
    }
    return NULL;
}

static void put_passed(struct text *t, const struct passed *p) {
    if (p->kind == 0) {
        put(t, "{\"next\":%" PRIu32, p->number);
        put_hex(t, ",\"packet\":", p->data, p->len, ",\"destination\":null,\"mark\":null,\"body\":null");
    } else {
        put(t, "{\"next\":null,\"packet\":null,\"destination\":%" PRIu32, p->number);
        if (p->kind == 1)
            put(t, ",\"mark\":null");
        else
            put_hex(t, ",\"mark\":", p->mark, 16, "");
        put_hex(t, ",\"body\":", p->data, p->len, "");
    }
    put(t, ",\"delay\":%" PRIu64 ",\"earliest\":%" PRIu64 ",\"latest\":%" PRIu64 "}", p->delay, p->earliest,
        p->latest);
}

/* The 128 bytes that permute an answer. */
static void reply_key(uint8_t out[128], const uint8_t key[32]) {
    static const char info[] = "anonspec onion reply1";
    expand(out, 128, key, info, sizeof info - 1);
}

/* ------------------------------------------------------------------------------------------------- operations */

/* Each gets its fields in the order of the table before it. */

static const struct field sizes_fields[] = {SMALL("most"), PAYLOAD};

static const char *do_sizes(struct value *v, struct text *t) {
    TRY(check_network(v[0].num, v[1].num));
    unsigned most = (unsigned)v[0].num;
    put(t, "{\"header\":%zu,\"packet\":%zu}", header_size(most), packet_size(most, v[1].num));
    return NULL;
}

static const struct field draw_fields[] = {FIXED("seed", 32), {"name", DRAW, 0, 0}, TIME("number"), SMALL("most")};

static const char *do_draw(struct value *v, struct text *t) {
    uint8_t data[ROUTING];
    unsigned which = (unsigned)v[1].num, most = (unsigned)v[3].num;
    TRY(check_network(most, 32));
    labelled(data, v[0].p, which, v[2].num, most);
    put_hex(t, "{\"data\":", data, draw_size(which, most), "}");
    return NULL;
}

static const struct field chain_fields[] = {FIXED("secret", 32), {"publics", KEY_LIST, 1, MOST}};

static const char *do_chain(struct value *v, struct text *t) {
    struct link l[MOST];
    struct hop route[MOST] = {0};
    size_t n = v[1].len;
    for (size_t i = 0; i < n; i++)
        route[i].public = v[1].p + 32 * i;
    TRY(make_chain(l, v[0].p, route, n));
    for (size_t i = 0; i < n; i++)
        put_hex(t, i ? "," : "{\"elements\":[", l[i].alpha, 32, "");
    for (size_t i = 0; i < n; i++)
        put_hex(t, i ? "," : "],\"secrets\":[", l[i].secret, 32, "");
    for (size_t i = 0; i < n; i++)
        put_hex(t, i ? "," : "],\"keys\":[", l[i].keys, KEYS, "");
    put(t, "]}");
    return NULL;
}

static const struct field permute_fields[] = {FIXED("key", 128), ANY("block"), {"back", FLAG, 0, 0}};

static const char *do_permute(struct value *v, struct text *t) {
    if (v[1].len <= 32)
        return refuse("ONI-11", "a block of %zu bytes", v[1].len);
    permute(v[1].p, v[1].len, v[0].p, v[2].num);
    put_hex(t, "{\"block\":", v[1].p, v[1].len, "}");
    return NULL;
}

static const struct field header_fields[] = {FIXED("secret", 32), SMALL("most"), THE_ROUTE, SMALL("kind"),
                                             PARTY("destination"), FIXED("mark", 16), ANY("padding")};

static const char *do_header(struct value *v, struct text *t) {
    struct link l[MOST];
    struct ending end = {(uint8_t)v[3].num, (uint32_t)v[4].num, v[5].p};
    unsigned most = (unsigned)v[1].num;
    uint8_t header[32 + ROUTING + TAG];
    TRY(check_network(most, 32));
    if (end.kind != 1 && end.kind != 2)
        return refuse("ONI-8", "a last command of kind %d", end.kind);
    if (end.kind == 1 && memcmp(end.mark, no_mark, sizeof no_mark))
        return refuse("ONI-8", "a mark in a command to deliver a message");
    if (v[6].len != draw_size(PADS, most))
        return refuse("ONI-9", "padding of %zu bytes", v[6].len);
    TRY(make_header(header, l, v[0].p, most, v[2].route, v[2].len, end, v[6].p));
    put_hex(t, "{\"header\":", header, header_size(most), "}");
    return NULL;
}

static const struct field peel_fields[] = {FIXED("secret", 32), SMALL("most"), PAYLOAD, ANY("packet")};

static const char *do_peel(struct value *v, struct text *t) {
    struct passed out;
    TRY(check_network(v[1].num, v[2].num));
    TRY(peel(&out, v[0].p, (unsigned)v[1].num, v[2].num, v[3].p, v[3].len, NULL));
    put_passed(t, &out);
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------ roles */

/* A party. An event writes its `out`, and changes the state only when nothing can be refused or fail any more. */
struct subject {
    struct subject *next;
    char *name;
    size_t name_len;
    const struct role *role;
    unsigned most;
    size_t payload;
    bool own;                /* without a seed: draws for itself */
    uint8_t key[32];         /* the seed; of a node the secret key */
    uint64_t number;         /* of an author its own; of a node the epoch */
    uint64_t made;           /* packets, or reply blocks */
    struct list list;        /* of a node replay tags; of a responder headers; of an author what is awaited */
};

/* A reply block that has not been answered. */
struct awaited {
    uint8_t mark[16], lock[32], pi[MOST][128];
    size_t n;
};

/* A draw of a sender or author for the packet or block that is being made (ONI-4). */
static void party_draw(const struct subject *s, uint8_t *out, unsigned which) {
    if (!s->own)
        labelled(out, s->key, which, s->made, s->most);
    else if (RAND_bytes(out, (int)draw_size(which, s->most)) != 1)
        broken = true;
}

static void put_packet(struct text *t, uint64_t first, const uint8_t *packet, size_t len) {
    put(t, "{\"first\":%" PRIu64, first);
    put_hex(t, ",\"packet\":", packet, len, "}");
}

static const struct field sender_fields[] = {SMALL("most"), PAYLOAD, SEED_OR_NULL};
static const struct field wrap_fields[] = {THE_ROUTE, PARTY("destination"), ANY("message")};

static const char *on_wrap(struct subject *s, struct value *v, struct text *t) {
    struct link l[MOST];
    struct ending end = {1, (uint32_t)v[1].num, no_mark};
    size_t n = v[0].len, len = packet_size(s->most, s->payload);
    uint8_t x[32], padding[ROUTING], *packet = take(len), *delta = packet + header_size(s->most);
    party_draw(s, x, ONCE);
    party_draw(s, padding, PADS);
    TRY(make_header(packet, l, x, s->most, v[0].route, n, end, padding));
    TRY(make_body(delta, s->payload, v[2].p, v[2].len));
    for (size_t i = n; i-- > 0;)
        permute(delta, s->payload + ZEROS, l[i].keys + PI, false);
    if (broken)
        return FAILED;
    put_packet(t, v[0].route[0].mix, packet, len);
    s->made++;
    return NULL;
}

static const struct field author_fields[] = {SMALL("most"), PAYLOAD, SEED_OR_NULL, PARTY("me")};
static const struct field route_fields[] = {THE_ROUTE};
static const struct field open_fields[] = {FIXED("mark", 16), ANY("body")};

static const char *on_block(struct subject *s, struct value *v, struct text *t) {
    struct link l[MOST];
    struct awaited a = {.n = v[0].len};
    struct ending end = {2, (uint32_t)s->number, a.mark};
    uint8_t x[32], padding[ROUTING], header[32 + ROUTING + TAG];
    party_draw(s, x, ONCE);
    party_draw(s, padding, PADS);
    party_draw(s, a.mark, MARK);
    party_draw(s, a.lock, LOCK);
    TRY(make_header(header, l, x, s->most, v[0].route, a.n, end, padding));
    for (size_t i = 0; i < a.n; i++)
        memcpy(a.pi[i], l[i].keys + PI, 128);
    if (broken)
        return FAILED;
    put(t, "{\"block\":{\"first\":%" PRIu32, v[0].route[0].mix);
    put_hex(t, ",\"header\":", header, header_size(s->most), "");
    put_hex(t, ",\"key\":", a.lock, 32, "}}");
    append(&s->list, &a);
    s->made++;
    return NULL;
}

static const char *on_open(struct subject *s, struct value *v, struct text *t) {
    uint8_t key[128], *body = v[1].p, *item = find(&s->list, v[0].p, 16);
    struct awaited a;
    size_t len;
    if (!item)
        return refuse("ONI-27", "nothing is awaited under this mark");
    if (v[1].len != s->payload + ZEROS)
        return refuse("ONI-26", "a body of %zu bytes", v[1].len);
    memcpy(&a, item, sizeof a);
    for (size_t i = a.n; i-- > 0;)
        permute(body, s->payload + ZEROS, a.pi[i], false);
    reply_key(key, a.lock);
    permute(body, s->payload + ZEROS, key, true);
    if (broken)
        return FAILED;
    TRY(read_body(body, s->payload, "ONI-26", &len));
    put_hex(t, "{\"message\":", body + ZEROS, len, "}");
    put_back(&s->list, item);
    return NULL;
}

static const struct field answer_fields[] = {{"block", BLOCK, 0, 0}, ANY("message")};

static const char *on_answer(struct subject *s, struct value *v, struct text *t) {
    const struct value *first = &v[0].block[0], *header = &v[0].block[1], *lock = &v[0].block[2];
    size_t size = header_size(s->most), len = packet_size(s->most, s->payload);
    uint8_t key[128], *packet = take(len);
    if (header->len != size)
        return refuse("ONI-12", "a header of %zu bytes", header->len);
    if (find(&s->list, header->p, size))
        return refuse("ONI-25", "answered before");
    memcpy(packet, header->p, size);
    TRY(make_body(packet + size, s->payload, v[1].p, v[1].len));
    reply_key(key, lock->p);
    permute(packet + size, s->payload + ZEROS, key, false);
    if (broken)
        return FAILED;
    put_packet(t, first->num, packet, len);
    append(&s->list, packet);
    return NULL;
}

static const struct field node_fields[] = {SMALL("most"), PAYLOAD, FIXED("secret", 32), TIME("epoch")};
static const struct field process_fields[] = {ANY("packet")};
static const struct field rekey_fields[] = {TIME("epoch"), FIXED("secret", 32)};

static const char *on_process(struct subject *s, struct value *v, struct text *t) {
    struct passed out;
    TRY(peel(&out, s->key, s->most, s->payload, v[0].p, v[0].len, &s->list));
    if (broken)
        return FAILED;
    append(&s->list, out.replay);
    put_passed(t, &out);
    return NULL;
}

static const char *on_rekey(struct subject *s, struct value *v, struct text *t) {
    if (v[0].num <= s->number)
        return refuse("ONI-22", "epoch %" PRIu64 " is not after %" PRIu64, v[0].num, s->number);
    s->number = v[0].num;
    memcpy(s->key, v[1].p, 32);
    s->list.n = 0;
    put(t, "{}");
    return NULL;
}

/* ----------------------------------------------------------------------------------------------- the protocol */

enum { MOST_FIELDS = 8, MOST_EVENTS = 2 };

static const struct operation {
    const char *name;
    const struct field *fields;
    size_t count;
    const char *(*run)(struct value *, struct text *);
} operations[] = {
    {"onion.sizes", sizes_fields, COUNT(sizes_fields), do_sizes},
    {"onion.draw", draw_fields, COUNT(draw_fields), do_draw},
    {"onion.chain", chain_fields, COUNT(chain_fields), do_chain},
    {"onion.permute", permute_fields, COUNT(permute_fields), do_permute},
    {"onion.header", header_fields, COUNT(header_fields), do_header},
    {"onion.peel", peel_fields, COUNT(peel_fields), do_peel},
};

struct event {
    const char *name;
    const struct field *fields;
    size_t count;
    const char *(*run)(struct subject *, struct value *, struct text *);
};

/* All begin with the same: most, payload, a seed or secret key, a number or epoch; or fewer of them. */
static const struct role {
    const char *name;
    const struct field *fields;
    size_t count;
    size_t item;    /* bytes of a thing in the list; 0: of a header */
    struct event events[MOST_EVENTS];
} roles[] = {
    {"onion.sender", sender_fields, COUNT(sender_fields), 1,
     {{"wrap", wrap_fields, COUNT(wrap_fields), on_wrap}}},
    {"onion.author", author_fields, COUNT(author_fields), sizeof(struct awaited),
     {{"block", route_fields, COUNT(route_fields), on_block}, {"open", open_fields, COUNT(open_fields), on_open}}},
    {"onion.responder", sizes_fields, COUNT(sizes_fields), 0,
     {{"answer", answer_fields, COUNT(answer_fields), on_answer}}},
    {"onion.node", node_fields, COUNT(node_fields), 32,
     {{"process", process_fields, COUNT(process_fields), on_process},
      {"rekey", rekey_fields, COUNT(rekey_fields), on_rekey}}},
};

static struct subject *subjects;

static void forget(struct subject *s) {
    if (s->list.p)
        OPENSSL_cleanse(s->list.p, s->list.n * s->list.size);
    free(s->list.p);
    free(s->name);
    OPENSSL_cleanse(s, sizeof *s);
    free(s);
}

static const char *unsupported(const char *s, size_t len) {
    unknown = s;
    unknown_len = len;
    return UNSUPPORTED;
}

/* The end of an answer or result that began at `start`: nothing if it is done, or else what came in its place. */
static void put_end(struct text *t, size_t start, const char *clause) {
    if (broken)
        clause = FAILED;
    if (!clause)
        return;
    t->len = start;
    if (clause == UNSUPPORTED) {
        put(t, "\"unsupported\":");
        put_string(t, unknown, unknown_len);
    } else if (clause == FAILED) {
        put(t, "\"error\":{\"message\":\"the program failed, or its answer would be too long\"}");
        ERR_clear_error();
    } else {
        put(t, "\"reject\":{\"clause\":\"%s\",\"reason\":", clause);
        put_string(t, reason, strlen(reason));
        put(t, "}");
    }
}

static const char *answer_operation(struct text *t, const struct node *q, const struct node *op) {
    struct value v[MOST_FIELDS] = {0};
    for (const struct operation *o = operations; o < operations + COUNT(operations); o++)
        if (is(op->s, op->len, o->name)) {
            TRY(read_fields(member(q, "in"), "in", o->fields, o->count, v));
            put(t, "\"out\":");
            return o->run(v, t);
        }
    return unsupported(op->s, op->len);
}

static const char *one_event(struct text *t, struct subject *s, const struct node *event) {
    struct value v[MOST_FIELDS] = {0};
    const struct node *m = event->type == OBJECT ? event->child : NULL;
    if (!m || m->next)
        return refuse(MALFORMED, "not an event");
    for (const struct event *e = s->role->events; e < s->role->events + MOST_EVENTS && e->name; e++)
        if (is(m->key, m->key_len, e->name)) {
            TRY(read_fields(m, e->name, e->fields, e->count, v));
            /* the longest that can come of it, and room for what is short behind it (HP-5) */
            if (t->len + 2 * packet_size(s->most, s->payload) + 4096 > LONGEST)
                return FAILED;
            put(t, "\"out\":");
            return e->run(s, v, t);
        }
    return unsupported(m->key, m->key_len);
}

static const char *answer_events(struct text *t, const struct node *q, struct subject *s) {
    const struct node *events = member(q, "events");
    if (!s)
        return refuse("HP-21", "no such subject");
    if (!events || events->type != ARRAY)
        return refuse(MALFORMED, "events: no list");
    put(t, "\"results\":[");
    for (const struct node *e = events->child; e; e = e->next) {
        put(t, e == events->child ? "{" : ",{");
        size_t start = t->len;
        broken = false;
        put_end(t, start, one_event(t, s, e));
        put(t, "}");
    }
    broken = false;
    put(t, "]");
    return NULL;
}

static const char *begin(struct subject *s, struct value *v) {
    TRY(check_network(v[0].num, v[1].num));
    s->most = (unsigned)v[0].num;
    s->payload = v[1].num;
    s->own = !v[2].p;
    if (v[2].p)
        memcpy(s->key, v[2].p, 32);
    s->number = v[3].num;
    s->list.size = s->role->item ? s->role->item : header_size(s->most);
    return NULL;
}

static const char *answer_start(struct text *t, const struct node *q, const struct role *role,
                                const struct node *name) {
    struct value v[MOST_FIELDS] = {0};
    struct subject *s = checked(calloc(1, sizeof *s));
    s->role = role;
    s->name_len = name->len;
    s->name = checked(malloc(name->len + 1));
    memcpy(s->name, name->s, name->len);
    const char *clause = read_fields(member(q, "params"), "params", role->fields, role->count, v);
    if (!clause)
        clause = begin(s, v);
    if (clause) {
        forget(s);
        return clause;
    }
    s->next = subjects;
    subjects = s;
    put(t, "\"out\":{}");
    return NULL;
}

static const char *answer_stop(struct text *t, struct subject **at) {
    struct subject *s = *at;
    if (!s)
        return refuse("HP-21", "no such subject");
    *at = s->next;
    forget(s);
    put(t, "\"out\":{}");
    return NULL;
}

/* Every operation and role is a capability of its own name. */
static const char *answer_describe(struct text *t) {
    put(t, "\"hp\":1,\"impl\":{\"name\":\"stranger-onion\",\"version\":\"1\",\"language\":\"c\"},\"capabilities\":{");
    for (size_t i = 0; i < COUNT(operations); i++)
        put(t, "\"%s\":{},", operations[i].name);
    for (size_t i = 0; i < COUNT(roles); i++)
        put(t, "\"%s\":{},", roles[i].name);
    put(t, "\"onion.own\":{}}");
    return NULL;
}

/* What a question has under a name, if it is text. */
static const struct node *text_of(const struct node *q, const char *name) {
    const struct node *n = member(q, name);
    return n && n->type == STRING ? n : NULL;
}

static const char *answer_command(struct text *t, const struct node *q) {
    const struct node *cmd = text_of(q, "cmd"), *op = text_of(q, "op"), *name = text_of(q, "subject");
    const struct node *which = text_of(q, "role");
    const struct role *role = NULL;
    struct subject **s = &subjects;    /* where the pointer to the subject is, or to the end of the list */
    if (!cmd)
        return unsupported("cmd", 3);
    bool run = is(cmd->s, cmd->len, "run"), start = is(cmd->s, cmd->len, "start");
    if (is(cmd->s, cmd->len, "describe"))
        return answer_describe(t);
    if (run && op)
        return answer_operation(t, q, op);
    if (!run && !start && !is(cmd->s, cmd->len, "stop"))
        return unsupported(cmd->s, cmd->len);
    for (size_t i = 0; start && which && i < COUNT(roles); i++)
        if (is(which->s, which->len, roles[i].name))
            role = &roles[i];
    if (start && !role)
        return which ? unsupported(which->s, which->len) : unsupported("role", 4);
    if (!name)
        return refuse(MALFORMED, "subject: no text");
    while (*s && ((*s)->name_len != name->len || memcmp((*s)->name, name->s, name->len)))
        s = &(*s)->next;
    if (run)
        return answer_events(t, q, *s);
    if (start)
        return *s ? refuse("HP-20", "the subject is running") : answer_start(t, q, role, name);
    return answer_stop(t, s);
}

static void answer(struct text *t, char *line, size_t len) {
    char *p = line;
    struct node *q = read_value(&p, 0);
    if (q)
        skip(&p);
    t->len = 0;
    if (!q || p != line + len || q->type != OBJECT) {
        put(t, "{\"id\":null,\"error\":{\"message\":\"no message\"}}\n");
        return;
    }
    const struct node *id = member(q, "id");
    put(t, "{\"id\":");
    if (id && id->type == INTEGER)
        put(t, "%" PRId64, id->num);
    else if (id && id->type == STRING)
        put_string(t, id->s, id->len);
    else
        put(t, "null");
    put(t, ",");
    size_t start = t->len;
    broken = false;
    put_end(t, start, answer_command(t, q));
    if (t->len + 2 > LONGEST)
        put_end(t, start, FAILED);
    put(t, "}\n");
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    struct text t = {0};
    while ((len = getline(&line, &room, stdin)) > 0) {
        if (line[len - 1] == '\n')
            line[--len] = 0;
        answer(&t, line, (size_t)len);
        drop_pieces();
        if (fwrite(t.p, 1, t.len, stdout) != t.len || fflush(stdout))
            break;
    }
    while (subjects)
        answer_stop(&t, &subjects);
    free(t.p);
    free(line);
    return 0;
}
