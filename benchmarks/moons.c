/* The training step of the moons demo by hand: forward, backward, update; MLP 2-16-16-1, margin loss, L2, SGD.

   What a careful programmer reaches without a library: sizes fixed, points in lanes of vectors, blocks of BLOCK vectors
   that stay in the first cache, tiles of accumulators in registers, one reduction of all gradients a step. Compile with
   cc -O3 -march=native -DBLOCK=n; n vectors should divide the padded number of points well. */

#include <string.h>

#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#ifndef BLOCK
#define BLOCK 8
#endif
#define WIDTH 16
#define LANES (BYTES / (int)sizeof(double))
#ifndef TILE
#define TILE 4 /* rows of a weight matrix at once */
#endif
#ifndef SPAN
#define SPAN (BLOCK % 4 == 0 ? 4 : BLOCK % 3 == 0 ? 3 : BLOCK % 2 == 0 ? 2 : 1) /* vectors of points at once */
#endif
#define INLINE static inline __attribute__((always_inline))

typedef double vec __attribute__((vector_size(BYTES)));
typedef long long mask __attribute__((vector_size(BYTES)));
typedef struct { double w1[WIDTH][2], b1[WIDTH], w2[WIDTH][WIDTH], b2[WIDTH], w3[WIDTH], b3; } Params;
typedef struct { vec w1[WIDTH][2], b1[WIDTH], w2[WIDTH][WIDTH], b2[WIDTH], w3[WIDTH], b3; } Sums;
typedef vec Row[BLOCK]; /* one number for each point of a block */

#define PARAMS ((int)(sizeof(Params) / sizeof(double)))

INLINE vec positive(vec x) { return (vec)((mask)x & (x > 0.0)); }
INLINE vec where_positive(vec x, vec y) { return (vec)((mask)y & (x > 0.0)); }

/* out[i] = bias[i] + sum over j of w[i * down + j * right] * x[j], TILE rows and SPAN vectors at a time. */
INLINE void product(int rows, int columns, const double *w, int down, int right, const double *bias, Row *x, Row *out) {
    for (int i = 0; i < rows; i += TILE)
        for (int v = 0; v < BLOCK; v += SPAN) {
            vec total[TILE][SPAN];
            for (int a = 0; a < TILE; a++)
                for (int b = 0; b < SPAN; b++) total[a][b] = (vec){0} + (bias ? bias[i + a] : 0.0);
            for (int j = 0; j < columns; j++)
                for (int a = 0; a < TILE; a++)
                    for (int b = 0; b < SPAN; b++) total[a][b] += w[(i + a) * down + j * right] * x[j][v + b];
            for (int a = 0; a < TILE; a++)
                for (int b = 0; b < SPAN; b++) out[i + a][v + b] = total[a][b];
        }
}

INLINE void rectify(Row *x) {
    for (int i = 0; i < WIDTH; i++)
        for (int v = 0; v < BLOCK; v++) x[i][v] = positive(x[i][v]);
}

/* sums[i][j] += sum over the points of d[i] * x[j], still lane by lane. */
INLINE void outer(int columns, Row *d, Row *x, vec *sums, vec *biases) {
    for (int i = 0; i < WIDTH; i += TILE) {
        for (int j = 0; j < columns; j += 2) {
            vec total[TILE][2];
            for (int a = 0; a < TILE; a++)
                for (int b = 0; b < 2; b++) total[a][b] = sums[(i + a) * columns + j + b];
            for (int v = 0; v < BLOCK; v++)
                for (int a = 0; a < TILE; a++)
                    for (int b = 0; b < 2; b++) total[a][b] += d[i + a][v] * x[j + b][v];
            for (int a = 0; a < TILE; a++)
                for (int b = 0; b < 2; b++) sums[(i + a) * columns + j + b] = total[a][b];
        }
        for (int a = 0; a < TILE; a++)
            for (int v = 0; v < BLOCK; v++) biases[i + a] += d[i + a][v];
    }
}

/* Add the loss and the gradients of one block, lane by lane; `share` is 1 / points, and 0 for padding. */
INLINE vec block(const Params *p, Sums *g, const vec *points, const vec *labels, const vec *share, long stride) {
    Row x[2], h1[WIDTH], h2[WIDTH], d1[WIDTH], d2[WIDTH], slope[1];
    vec loss = {0};
    for (int v = 0; v < BLOCK; v++) x[0][v] = points[v], x[1][v] = points[stride + v];
    product(WIDTH, 2, p->w1[0], 2, 1, p->b1, x, h1);
    rectify(h1);
    product(WIDTH, WIDTH, p->w2[0], WIDTH, 1, p->b2, h1, h2);
    rectify(h2);
    for (int v = 0; v < BLOCK; v++) {
        vec score = (vec){0} + p->b3;
        for (int i = 0; i < WIDTH; i++) score += p->w3[i] * h2[i][v];
        vec margin = 1.0 - labels[v] * score;
        vec d = where_positive(margin, -labels[v] * share[v]);
        loss += positive(margin) * share[v];
        g->b3 += d;
        for (int i = 0; i < WIDTH; i++) {
            g->w3[i] += d * h2[i][v];
            d2[i][v] = where_positive(h2[i][v], p->w3[i] * d);
        }
    }
    outer(WIDTH, d2, h1, g->w2[0], g->b2);
    product(WIDTH, WIDTH, p->w2[0], 1, WIDTH, 0, d2, d1);
    for (int i = 0; i < WIDTH; i++)
        for (int v = 0; v < BLOCK; v++) d1[i][v] = where_positive(h1[i][v], d1[i][v]);
    outer(2, d1, x, g->w1[0], g->b1);
    return loss;
}

INLINE double lanes(vec x) {
    double total = 0.0;
    for (int k = 0; k < LANES; k++) total += x[k];
    return total;
}

int block_lanes(void) { return BLOCK * LANES; }

/* Do n steps and return the loss of the last. Points: two columns of `padded` numbers, a multiple of block_lanes(). */
double steps(double *params, double *gradient, const vec *points, const vec *labels, const vec *share, long padded,
             long n, double rate, double l2) {
    double loss = 0.0;
    long vectors = padded / LANES;
    while (n-- > 0) {
        Sums g;
        vec losses = {0};
        memset(&g, 0, sizeof g);
        for (long v = 0; v < vectors; v += BLOCK)
            losses += block((const Params *)params, &g, points + v, labels + v, share + v, vectors);
        double squares = 0.0;
        for (int k = 0; k < PARAMS; k++) {
            squares += params[k] * params[k];
            gradient[k] = lanes(((const vec *)&g)[k]) + 2.0 * l2 * params[k];
            params[k] -= rate * gradient[k];
        }
        loss = lanes(losses) + l2 * squares;
    }
    return loss;
}
