// Reports of an evaluation, as text, CSV and JSON. Texts are for the caller to free().
#ifndef RUNTIME_REPORT_H
#define RUNTIME_REPORT_H

#include "metrics.h"
#include <cjson/cJSON.h>

// A table as scikit-learn's classification_report lays it out.
char *classification_report(const Tally *tally, char *const *class_names);

// The confusion matrix for people: rows are the true classes.
char *confusion_text(const Tally *tally, char *const *class_names);

// The same as CSV (RFC 4180): a head with the predicted classes, a row for each true class.
char *confusion_csv(const Tally *tally, char *const *class_names);

// {"loss", "accuracy"} and top5 or the like; `whole` adds precision, recall, f1, support and confusion.
cJSON *tally_json(const Tally *tally, bool whole);

#endif
