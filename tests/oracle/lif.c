/* LIF of Channel-Sharing on (B, T, L) in C, from a case folder to its answer; declines the rest.
   cc -O2 lif.c -o lif, also with fused multiply-add (-mfma)
   lif FOLDER answers one case; without FOLDER it answers each line of standard input (--loop). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f) { perror(path); exit(1); }
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    char *text = calloc(size + 1, 1);
    if (fread(text, 1, size, f) != (size_t)size) exit(1);
    fclose(f);
    return text;
}

/* An array of a safetensors file: eight bytes of length, a JSON header, raw bytes. */
static float *array(char *file, const char *name, long *shape) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    char *at = strstr(file + 8, key), *next;
    if (!at) { fprintf(stderr, "no %s\n", name); exit(1); }
    next = strstr(at, "\"shape\":[") + 9;
    for (int i = 0; i < 4 && *next != ']'; i++, next += *next == ',') shape[i] = strtol(next, &next, 10);
    long offset = strtol(strstr(at, "\"data_offsets\":[") + 16, NULL, 10);
    return (float *)(file + 8 + *(unsigned long long *)file + offset);
}

/* NULL, or why the case is declined. */
static const char *answer(const char *folder) {
    char *about = read_file(folder, "manifest.json"), file_name[300];
    char *entry = strstr(about, "\"cases\""), *name = strstr(entry, "\"name\":\"") + 8;
    char *op = strstr(entry, "\"op\":");
    if (strstr(op + 5, "\"op\":") || !strstr(entry, "\"act\":\"spike\"")) return "only LIF alone";
    if (!strstr(entry, "\"sharing\":\"channel\"")) return "only Channel-Sharing";
    if (strstr(entry, "\"reset\":\"detached\"")) return "no detached reset";
    if (!strstr(entry, "\"dtype\":\"float32\"")) return "only float32";
    if (!strstr(entry, "\"up/n.VT\"")) return "only with a gradient in V^T";
    snprintf(file_name, sizeof file_name, "%.*s.safetensors", (int)strcspn(name, "\""), name);
    char *file = read_file(folder, file_name);
    float mu = atof(strstr(entry, "\"mu\":") + 5);
    long s[4] = {0}, none[4];
    float *X = array(file, "in/X", s), *V0 = array(file, "in/n.V0", none);
    if (s[3]) return "no plane";
    float *th = array(file, "par/n.v_th", none), *re = array(file, "par/n.v_reset", none);
    float *al = array(file, "par/n.alpha", none), *be = array(file, "par/n.beta", none);
    float *dY = array(file, "up/n.Y", none), *dVT = array(file, "up/n.VT", none);
    long B = s[0], T = s[1], L = s[2], n = B * T * L;
    float *out = calloc(2 * n + B * L + 4 * L, sizeof *out), *Y = out, *dX = Y + n, *dV0 = dX + n;
    float *dal = dV0 + B * L, *dbe = dal + L, *dre = dbe + L, *dth = dre + L;
    float *U = calloc(n, sizeof *U);
    for (long b = 0; b < B; b++)
        for (long l = 0; l < L; l++) {
            float V = V0[b * L + l], dV = dVT[b * L + l];
            for (long t = 0, i = b * T * L + l; t < T; t++, i += L) {
                U[i] = X[i] + V;
                Y[i] = U[i] - th[l] >= 0;
                V = al[l] * (Y[i] ? re[l] : U[i]) + be[l];
            }
            for (long t = T - 1, i = b * T * L + t * L + l; t >= 0; t--, i -= L) {
                float x = U[i] - th[l], window = x < mu && -x < mu, dR = dV * al[l];
                float dA = dY[i] * window, dx = dR * (re[l] - U[i]) * window;
                dal[l] += dV * (Y[i] ? re[l] : U[i]);
                dbe[l] += dV;
                dre[l] += dR * Y[i];
                dth[l] -= dx + dA;
                dV = dX[i] = dR * (1 - Y[i]) + dx + dA;
            }
            dV0[b * L + l] = dV;
        }
    const char *names[] = {"exp/n.Y", "grad/in/X", "grad/in/n.V0", "grad/par/n.alpha",
                           "grad/par/n.beta", "grad/par/n.v_reset", "grad/par/n.v_th"};
    char header[4096] = "{";
    long offset = 0;
    for (int k = 0; k < 7; k++) {
        long size = 4 * (k < 2 ? n : k < 3 ? B * L : L);
        char shape[64], entry[256];
        if (k < 2) snprintf(shape, sizeof shape, "%ld,%ld,%ld", B, T, L);
        else if (k < 3) snprintf(shape, sizeof shape, "%ld,%ld", B, L);
        else snprintf(shape, sizeof shape, "%ld", L);
        snprintf(entry, sizeof entry,
                 "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%ld,%ld]}",
                 k ? "," : "", names[k], shape, offset, offset + size);
        strcat(header, entry);
        offset += size;
    }
    strcat(header, "}");
    unsigned long long length = strlen(header);
    char path[4096];
    snprintf(path, sizeof path, "%s/answer.safetensors", folder);
    FILE *f = fopen(path, "wb");
    fwrite(&length, 8, 1, f);
    fwrite(header, 1, length, f);
    fwrite(out, 1, offset, f);
    fclose(f);
    return NULL;
}

int main(int argc, char **argv) {
    char line[4096];
    if (argc > 1) {
        const char *reason = answer(argv[argc - 1]);
        if (reason) puts(reason);
        return reason ? 77 : 0;
    }
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        const char *reason = answer(line);
        printf(reason ? "declined %s\n" : "ok\n", reason);
        fflush(stdout);
    }
}
