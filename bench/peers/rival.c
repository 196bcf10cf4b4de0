// The strongest simple rival: the loops that one writes by hand, given to a compiler that
// may break the rules of floating-point and has a vector exponential (gcc's libmvec).
//
//   gcc -O3 -march=native -ffast-math -fopenmp -shared -fPIC rival.c -o rival.so -lm

#include <math.h>
#include <stdint.h>

float cross_entropy(
    const float *z, const int64_t *labels, int64_t rows, int64_t classes, float *grad)
{
    double sum_of_losses = 0;
#pragma omp parallel for reduction(+ : sum_of_losses) schedule(static)
    for (int64_t row = 0; row < rows; row++) {
        const float *z_row = z + row * classes;
        float *grad_row = grad + row * classes;
        float max = z_row[0];
        for (int64_t k = 1; k < classes; k++)
            max = z_row[k] > max ? z_row[k] : max;
        float sum = 0;
        for (int64_t k = 0; k < classes; k++) {
            grad_row[k] = expf(z_row[k] - max);
            sum += grad_row[k];
        }
        const float factor = 1 / (sum * rows);
        for (int64_t k = 0; k < classes; k++)
            grad_row[k] *= factor;
        grad_row[labels[row]] -= 1.0f / rows;
        sum_of_losses += logf(sum) + max - z_row[labels[row]];
    }
    return sum_of_losses / rows;
}

float loss(const float *z, const int64_t *labels, int64_t rows, int64_t classes)
{
    double sum_of_losses = 0;
#pragma omp parallel for reduction(+ : sum_of_losses) schedule(static)
    for (int64_t row = 0; row < rows; row++) {
        const float *z_row = z + row * classes;
        float max = z_row[0];
        for (int64_t k = 1; k < classes; k++)
            max = z_row[k] > max ? z_row[k] : max;
        float sum = 0;
        for (int64_t k = 0; k < classes; k++)
            sum += expf(z_row[k] - max);
        sum_of_losses += logf(sum) + max - z_row[labels[row]];
    }
    return sum_of_losses / rows;
}
