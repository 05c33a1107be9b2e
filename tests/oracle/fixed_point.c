/* A layer in fixed point, from hex files to its answer, in integers alone.
   cc -O2 fixed_point.c -o fixed_point
   fixed_point FOLDER CASE OUT M N ROUNDING OVERFLOW dense B*T K L
   fixed_point FOLDER CASE OUT M N ROUNDING OVERFLOW neuron B T S ACT TR DETACHED MU
   writes OUT.ARRAY.hex for each array of the answer.  S: neurons; MU: in units of 2^-N. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t word;
static const char *folder, *name, *out, *rounding;
static int bits, n, wraps;

/* An array, and how many words it has; without a file, zeros. */
static word *read_hex(const char *array, long *count) {
    char path[4096];
    snprintf(path, sizeof path, "%s/hex/%s.%s.hex", folder, name, array);
    FILE *f = fopen(path, "r");
    word *x = calloc(f ? 1 : 1 << 20, sizeof *x);
    long size = 0;
    for (unsigned long long h; f && fscanf(f, "%llx", &h) == 1; size++) {
        x = realloc(x, (size + 1) * sizeof *x);
        x[size] = (word)(h << (64 - bits)) >> (64 - bits); /* the sign */
    }
    if (f) fclose(f);
    if (count) *count = size;
    return x;
}

static void write_hex(const char *array, const word *x, long count) {
    char path[4096];
    snprintf(path, sizeof path, "%s.%s.hex", out, array);
    FILE *f = fopen(path, "w");
    for (long i = 0; i < count; i++)
        fprintf(f, "%0*llx\n", (bits + 3) / 4, (unsigned long long)x[i] & ((1ULL << bits) - 1));
    fclose(f);
}

/* A sum with `fraction` bits after the point as a word. */
static word store(word x, int fraction) {
    int shift = fraction - n;
    if (shift) {
        word down = x >> shift, rest = x - (down << shift), half = (word)1 << (shift - 1);
        int up = 0;
        if (!strcmp(rounding, "nearest even")) up = rest > half || (rest == half && (down & 1));
        if (!strcmp(rounding, "nearest up")) up = rest >= half;
        if (!strcmp(rounding, "nearest away")) up = rest > half || (rest == half && x > 0);
        if (!strcmp(rounding, "to zero")) up = rest && x < 0;
        x = down + up;
    }
    word limit = (word)1 << (bits - 1);
    if (wraps) return (word)((uint64_t)x << (64 - bits)) >> (64 - bits);
    return x >= limit ? limit - 1 : x < -limit ? -limit : x;
}

static void dense(long rows, long K, long L) {
    long has_bias;
    word *X = read_hex("in-X", 0), *W = read_hex("par-d.W", 0), *b = read_hex("par-d.b", &has_bias);
    word *dI = read_hex("up-d.Y", 0);
    word *I = calloc(rows * L, 8), *dX = calloc(rows * K, 8), *dW = calloc(K * L, 8), *db = calloc(L, 8);
    for (long r = 0; r < rows; r++)
        for (long l = 0; l < L; l++) {
            word sum = has_bias ? b[l] << n : 0;
            for (long k = 0; k < K; k++) sum += X[r * K + k] * W[k * L + l];
            I[r * L + l] = store(sum, 2 * n);
            db[l] += dI[r * L + l];
            for (long k = 0; k < K; k++) dW[k * L + l] += X[r * K + k] * dI[r * L + l];
        }
    for (long r = 0; r < rows; r++)
        for (long k = 0; k < K; k++) {
            word sum = 0;
            for (long l = 0; l < L; l++) sum += dI[r * L + l] * W[k * L + l];
            dX[r * K + k] = store(sum, 2 * n);
        }
    for (long i = 0; i < K * L; i++) dW[i] = store(dW[i], 2 * n);
    for (long l = 0; l < L; l++) db[l] = store(db[l], n);
    write_hex("exp-d.I", I, rows * L);
    write_hex("grad-in-X", dX, rows * K);
    write_hex("grad-par-d.W", dW, K * L);
    if (has_bias) write_hex("grad-par-d.b", db, L);
}

static void neuron(long B, long T, long S, char **option) {
    const char *act = option[0];
    int s = atoi(option[1]), detached = atoi(option[2]);
    double mu = atof(option[3]);
    long P; /* neurons that have parameters of their own: 1, channels, or all */
    word *X = read_hex("in-X", 0), *v_th = read_hex("par-n.v_th", &P);
    word *v_reset = read_hex("par-n.v_reset", 0), *alpha = read_hex("par-n.alpha", 0);
    word *beta = read_hex("par-n.beta", 0), *V0 = read_hex("in-n.V0", 0);
    word *dY = read_hex("up-n.Y", 0), *dVT = read_hex("up-n.VT", 0);
    long size = B * T * S;
    word *U = calloc(size, 8), *F = calloc(size, 8), *R = calloc(size, 8), *V = calloc(size, 8);
    word *Y = calloc(size, 8), *dU = calloc(size, 8), *dV = calloc(size, 8), *dV0 = calloc(B * S, 8);
    word *sums = calloc(4 * P, 8), one = (word)1 << n;
    for (long b = 0; b < B; b++)
        for (long i = 0; i < S; i++) {
            word state = V0[b * S + i], up = dVT[b * S + i];
            long p = i % P;
            for (long t = 0; t < T; t++) {
                long at = (b * T + t) * S + i;
                U[at] = store(X[at] + state, n);                       /* (3) */
                int fired = U[at] >= v_th[p];                          /* (4) */
                F[at] = fired ? one : 0;
                R[at] = fired ? v_reset[p] : U[at];                    /* (5) */
                V[at] = state = store(alpha[p] * R[at] + (beta[p] << n), 2 * n); /* (6) */
                word x = U[at] - s * v_th[p];                          /* (7), (8) */
                if (!strcmp(act, "spike")) Y[at] = F[at];
                else Y[at] = store(!strcmp(act, "relu") && x <= 0 ? 0 : x, n);
            }
            for (long t = T - 1; t >= 0; t--) {
                long at = (b * T + t) * S + i;
                int fired = F[at] != 0, inside = llabs(U[at] - v_th[p]) < mu;
                word x = U[at] - s * v_th[p];
                int slope = !strcmp(act, "spike") ? inside : !strcmp(act, "relu") ? x > 0 : 1;
                word dA = slope ? dY[at] : 0;                          /* (7), (8) */
                dV[at] = up;
                sums[p] += up * R[at];                                 /* alpha, (6) */
                sums[P + p] += up;                                     /* beta */
                word dR = store(up * alpha[p], 2 * n);                 /* (6) */
                if (fired) sums[2 * P + p] += dR;                      /* v_reset, (5) */
                word dF = store(dR * (v_reset[p] - U[at]), 2 * n);     /* (5) */
                word dx = inside && !detached ? dF : 0;                /* (4), (13) */
                sums[3 * P + p] -= dx + s * dA;                        /* v_th */
                dU[at] = up = store((fired ? 0 : dR) + dx + dA, n);    /* (12) */
            }
            dV0[b * S + i] = up;
        }
    const char *parameters[] = {"alpha", "beta", "v_reset", "v_th"};
    for (int k = 0; k < 4; k++) {
        char array[64];
        for (long p = 0; p < P; p++) sums[k * P + p] = store(sums[k * P + p], k ? n : 2 * n);
        snprintf(array, sizeof array, "grad-par-n.%s", parameters[k]);
        write_hex(array, sums + k * P, P);
    }
    write_hex("exp-n.U", U, size);
    write_hex("exp-n.F", F, size);
    write_hex("exp-n.R", R, size);
    write_hex("exp-n.V", V, size);
    write_hex("exp-n.Y", Y, size);
    write_hex("dbg-n.dU", dU, size);
    write_hex("dbg-n.dV", dV, size);
    write_hex("grad-in-X", dU, size);
    write_hex("grad-in-n.V0", dV0, B * S);
}

int main(int count, char **at) {
    folder = at[1], name = at[2], out = at[3], n = atoi(at[5]), bits = atoi(at[4]) + n;
    rounding = at[6], wraps = !strcmp(at[7], "wrap");
    if (!strcmp(at[8], "dense")) dense(atol(at[9]), atol(at[10]), atol(at[11]));
    else neuron(atol(at[9]), atol(at[10]), atol(at[11]), at + 12);
    return count < 12;
}
