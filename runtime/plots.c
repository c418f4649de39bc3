#include "plots.h"
#include "data_file.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_THERE = 127, MOST_LABELLED_CLASSES = 25 };

// In the child: gnuplot with the script as its input, and nothing on the user's streams.
static _Noreturn void become_gnuplot(FILE *script) {
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || dup2(fileno(script), STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0)
        _exit(EXIT_INTERNAL);
    execlp("gnuplot", "gnuplot", (char *)NULL);
    _exit(errno == ENOENT ? EXIT_NOT_THERE : EXIT_INTERNAL);
}

// Runs the script and returns gnuplot's exit code, or -1 if it could not be run or was killed.
static int run_gnuplot(FILE *script) {
    int status;
    if (fflush(script) != 0 || fseek(script, 0, SEEK_SET) != 0) return -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) become_gnuplot(script);
    if (child < 0) return -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// A string of a gnuplot script. In single quotes nothing is substituted: names may hold backquotes, which
// gnuplot would run as commands in double ones.
static void quoted(FILE *script, const char *text) {
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'') fputc('\'', script);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
    }
    fputc('\'', script);
}

static void curve_data(FILE *script, const char *name, const Results *results, const char *metric) {
    fprintf(script, "$%s << end_of_data\n", name);
    for (int i = 0; i < results->count; i++) {
        double value = result_value(&results->rows[i], metric);
        if (!isnan(value)) fprintf(script, "%d %.9g\n", results->rows[i].epoch, value);
    }
    fputs("end_of_data\n", script);
}

static void curves_script(FILE *script, const char *model, const Results *results) {
    bool validated = results->count && !isnan(results->rows[0].val_loss);
    curve_data(script, "train_loss", results, "train.loss");
    curve_data(script, "train_accuracy", results, "train.accuracy");
    curve_data(script, "val_loss", results, "val.loss");
    curve_data(script, "val_accuracy", results, "val.accuracy");
    fprintf(script, "set terminal pngcairo noenhanced size 1200,480\nset multiplot layout 1,2 title ");
    quoted(script, model);
    fprintf(script,
            "\nset grid\nset xlabel 'epoch'\nset xtics nomirror %d\n"
            "set xrange [0.5:%d.5]\n",
            (results->count + 9) / 10, results->count);
    for (int panel = 0; panel < 2; panel++) {
        const char *metric = panel ? "accuracy" : "loss";
        fprintf(script,
                "set title '%s'\nset key %s right\nplot $train_%s using 1:2 with linespoints pt 7 ps 0.5 "
                "title 'train'",
                metric, panel ? "bottom" : "top", metric);
        if (validated)
            fprintf(script, ", $val_%s using 1:2 with linespoints pt 7 ps 0.5 title 'validation'", metric);
        fputc('\n', script);
    }
    fputs("unset multiplot\n", script);
}

// Pixels of the square picture: the cells, and the names beside and under them.
static int confusion_size(char *const *class_names, int classes) {
    size_t longest = 0;
    if (classes > MOST_LABELLED_CLASSES) return 1500;
    for (int i = 0; i < classes; i++)
        if (strlen(class_names[i]) > longest) longest = strlen(class_names[i]);
    return 300 + 52 * (classes < 6 ? 6 : classes) + 9 * (int)(longest < 40 ? longest : 40);
}

// Cells are coloured by their share of the true class, and labelled with their count.
static void confusion_script(FILE *script, const char *model, const Tally *tally, char *const *class_names) {
    int n = tally->classes, size = confusion_size(class_names, n);
    fputs("$cells << end_of_data\n", script);
    for (int i = 0; i < n; i++) {
        double support = 0;
        for (int j = 0; j < n; j++) support += (double)tally->confusion[i * n + j];
        for (int j = 0; j < n; j++) {
            size_t count = tally->confusion[i * n + j];
            fprintf(script, "%d %d %.6f %zu\n", j, i, support > 0 ? (double)count / support : 0, count);
        }
    }
    fprintf(script, "end_of_data\nset terminal pngcairo noenhanced size %d,%d\nset title ", size, size);
    quoted(script, model);
    fprintf(script,
            "\nset xlabel 'predicted'\nset ylabel 'true'\nset xrange [-0.5:%d.5]\nset yrange [%d.5:-0.5]\n"
            "set cbrange [0:1]\nset palette defined (0 'white', 1 '#08519c')\nset tics out nomirror\n"
            "unset key\nset size ratio 1\n",
            n - 1, n - 1);
    if (n <= MOST_LABELLED_CLASSES) {
        for (int axis = 0; axis < 2; axis++) {
            fprintf(script, "set %stics (", axis ? "y" : "x");
            for (int i = 0; i < n; i++) {
                if (i) fputs(", ", script);
                quoted(script, class_names[i]);
                fprintf(script, " %d", i);
            }
            fputs(axis ? ")\n" : ") rotate by -45\n", script);
        }
    }
    fputs("plot $cells using 1:2:3 with image", script);
    if (n <= MOST_LABELLED_CLASSES)
        fputs(", $cells using 1:2:(sprintf('%d', int($4))):($3 > 0.5 ? 0xffffff : 0x000000) with labels tc "
              "rgb variable",
              script);
    fputc('\n', script);
}

// Draws into a file aside and puts it in place; returns gnuplot's exit code.
static int draw(FILE *script, const char *folder, const char *name) {
    char *path = data_format("%s/%s", folder, name), *aside = data_format("%s/.%s.part", folder, name);
    fputs("unset output\n", script);
    int code = run_gnuplot(script);
    if (code == 0 && rename(aside, path) != 0) code = -1;
    if (code != 0) unlink(aside);
    free(path);
    free(aside);
    return code;
}

static FILE *begin_script(const char *folder, const char *name) {
    FILE *script = tmpfile();
    if (!script) return NULL;
    char *aside = data_format("%s/.%s.part", folder, name);
    fputs("set encoding utf8\nset output ", script);
    quoted(script, aside);
    fputc('\n', script);
    free(aside);
    return script;
}

void plots_write(const char *folder, const char *model, const Results *results, const Tally *test,
                 char *const *class_names) {
    static const char *const names[] = {"curves.png", "confusion_matrix.png"};
    int code = 0;
    for (int i = 0; i < 2 && code == 0; i++) {
        FILE *script = begin_script(folder, names[i]);
        if (!script) {
            code = -1;
            break;
        }
        if (i == 0)
            curves_script(script, model, results);
        else
            confusion_script(script, model, test, class_names);
        code = draw(script, folder, names[i]);
        fclose(script);
    }
    if (code == EXIT_NOT_THERE)
        note("no plots were drawn: gnuplot is not installed (Debian's package is gnuplot-nox)");
    else if (code != 0)
        note("no plots were drawn: gnuplot failed%s", code > 0 ? " on the script" : "");
}
