"""Every optimizer against Keras's formulas, in double precision: each step's weights from those before it, the gradients that
the program itself gives there, and the state of the formulas here.

timeout: 120
"""

import math
import os

from branches import Program, network
from support import Checks, read_safetensors

STEPS = 4
TOLERANCE = 1e-12
BODY = "conv(3, 2x2) -> batchnorm -> relu -> flatten -> dense(3)"


def sgd(state, w, g, step, lr=0.01, momentum=0, nesterov=False):
    velocity = state["v"] = momentum * state.get("v", 0) - lr * g
    return w + (momentum * velocity - lr * g if nesterov else velocity)


def adam(state, w, g, step, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7):
    m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
    rate = lr * math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step)
    return w - rate * m / (math.sqrt(v) + epsilon)


def rmsprop(state, w, g, step, lr=0.001, rho=0.9, momentum=0, epsilon=1e-7, centered=False):
    v = state["v"] = rho * state.get("v", 0) + (1 - rho) * g * g
    mean = state["mean"] = rho * state.get("mean", 0) + (1 - rho) * g
    move = state["move"] = momentum * state.get("move", 0) + lr * g / math.sqrt(v - mean * mean * centered + epsilon)
    return w - move


# The call in the file, the formula, its arguments, and weight decay.
CASES = [
    ("sgd", sgd, {}, 0),
    ("sgd(0.1, momentum = 0.9)", sgd, {"lr": 0.1, "momentum": 0.9}, 0),
    ("sgd(0.1, momentum = 0.8, nesterov = true, weight_decay = 0.1)", sgd,
     {"lr": 0.1, "momentum": 0.8, "nesterov": True}, 0.1),
    ("adam", adam, {}, 0),
    ("adam(0.01, beta1 = 0.8, beta2 = 0.99, epsilon = 1e-3, weight_decay = 0.02)", adam,
     {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3}, 0.02),
    ("adamw", adam, {}, 0.004),
    ("rmsprop", rmsprop, {}, 0),
    ("rmsprop(0.01, rho = 0.8, momentum = 0.5, centered = true, epsilon = 1e-4)", rmsprop,
     {"lr": 0.01, "rho": 0.8, "momentum": 0.5, "centered": True, "epsilon": 1e-4}, 0),
]
CLIP = 0.05  # below the gradients' norm, so that it does something


def weights_after(program, steps):
    """The weights after that many steps from the beginning."""
    if steps == 0:
        return program.weights
    saved = program.folder / f"after{steps}.safetensors"
    program.step(program.weights, "--steps", str(steps), "--save", saved)
    return {name: row for name, row in read_safetensors(saved).items() if not name.startswith("optimizer.")}


def clipped(gradients, limit):
    norm = math.sqrt(sum(g * g for _, numbers in gradients.values() for g in numbers))
    factor = min(1, limit / norm) if limit else 1
    return {name: [g * factor for g in numbers] for name, (_, numbers) in gradients.items()}


def check_case(checks, call, formula, arguments, decay, clip=None):
    program = Program(network((3, 4, 2), 3, BODY, optimizer=call), (3, 4, 2), 3, 7)
    lr = arguments.get("lr", 0.01 if formula is sgd else 0.001)
    states, before = {}, program.weights
    for step in range(1, STEPS + 1):
        gradients = {name: row for name, row in program.step(before).items() if name not in ("loss", "logits")}
        gradients = clipped(gradients, clip)
        after = weights_after(program, step)
        worst = 0
        for name, numbers in gradients.items():
            kept = 1 - lr * decay
            for i, g in enumerate(numbers):
                expected = formula(states.setdefault((name, i), {}), before[name][1][i] * kept, g, step, **arguments)
                worst = max(worst, abs(after[name][1][i] - expected))
        checks.that(worst <= TOLERANCE, f"{call}, step {step}: a weight is off by {worst}")
        before = after


checks = Checks()
os.environ.setdefault("CFLAGS", "-O1")
for case in CASES:
    check_case(checks, *case)
check_case(checks, f"sgd(0.1, clip = {CLIP})", sgd, {"lr": 0.1}, 0, CLIP)
check_case(checks, "sgd(0.1, clip = 1000)", sgd, {"lr": 0.1}, 0)
checks.end()
