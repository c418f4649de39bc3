"""What a measurement says: ratios, means, and the table."""

import math

HEAD = ("| model (batch) | MFLOP an image | ours, images/s | PyTorch's best | ratio | share of FMA peak | one thread: ours | PyTorch "
        "| ratio | peak memory, MB: ours | PyTorch | plan's bound + data | build, s |")
RULE = "|---" * HEAD.count(" | ") + "|---|"


def geometric_mean(numbers):
    numbers = list(numbers)
    return math.exp(sum(map(math.log, numbers)) / len(numbers)) if numbers else math.nan


def best(rates):
    """The name of the highest of {name: rate}, or None."""
    return max(rates, key=rates.get) if rates else None


def ratio(side):
    """Ours to the best of PyTorch's; None where PyTorch has nothing."""
    name = best(side["pytorch"])
    return side["ours"] / side["pytorch"][name] if name else None


def ratios(results, side):
    found = [ratio(result[side]) for result in results.values() if side in result]
    return [number for number in found if number is not None]


def count(number):
    return "–" if number is None else f"{number:,.0f}"


def times(number):
    return "–" if number is None else f"{number:.1f}"


def row(name, result):
    """A model's row of the table. Memory is that of PyTorch's fastest."""
    all_threads, one_thread = result["all_threads"], result.get("one_thread")
    fastest = best(all_threads["pytorch"])
    cells = [f"{name} ({result['batch']})", f"{result['mflop_an_image']:.2f}", count(all_threads["ours"]),
             f"{count(all_threads['pytorch'][fastest])} ({fastest})" if fastest else "–", times(ratio(all_threads)),
             f"{100 * all_threads['share_of_peak']:.0f}%"]
    if one_thread:
        theirs = best(one_thread["pytorch"])
        cells += [count(one_thread["ours"]), count(one_thread["pytorch"].get(theirs)), times(ratio(one_thread))]
    else:
        cells += ["–"] * 3
    memory = result["peak_rss_mb"]
    cells += [count(memory["ours"]), count(memory["pytorch"].get(fastest)),
              count((result["lower_bound_bytes"] + result["data_bytes"]) / 2**20), f"{result['build_seconds']:.1f}"]
    return "| " + " | ".join(cells) + " |"


def summary(document):
    """The lines below the table, each a whole sentence."""
    results = document["models"]
    lines = [f"Geometric mean of the {len(results)} ratios: {times(geometric_mean(ratios(results, 'all_threads')))}"]
    single = ratios(results, "one_thread")
    lines[0] += f"; on one thread {times(geometric_mean(single))}." if single else "."
    machine, versions, settings = document["machine"], document["versions"], document["settings"]
    lines.append(f"{machine['processor']}, {machine['threads']} threads: FMA peak {machine['peak_gflops']:.0f} GFLOP/s, "
                 f"copying {machine['copy_gb_per_second']:.1f} GB/s, read and written.")
    lines.append(f"cnnc {versions['cnnc']} ({document['revision'] or 'no revision known'}), {versions['compiler']}, "
                 f"PyTorch {versions['pytorch']}; medians of {settings['rounds']} rounds of {settings['seconds']:g} seconds.")
    for name, result in results.items():
        lines += [f"{name}: PyTorch ({candidate}) could not be measured: {why}" for candidate, why in result["failures"].items()]
    if machine["elsewhere"] > 0.05:
        lines.append(f"Other processes took up to {100 * machine['elsewhere']:.0f}% of the processors' time: "
                     "measure again when nothing else runs.")
    return lines
