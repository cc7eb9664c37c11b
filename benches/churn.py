"""Answers what relatum-churn is measured by: lifetimes, and SciPy with an analytic gradient.

Reads transactions.csv and histories.csv in a folder. Prints `ready`, or why it cannot. A line in, a
line out: the seconds of a piece of work, and for fits the parameters and the log-likelihood.
"""

import sys
import time
import warnings
from pathlib import Path

try:
    import numpy as np
    import pandas as pd
    from lifetimes import BetaGeoFitter, ParetoNBDFitter
    from lifetimes.utils import summary_data_from_transaction_data
    from scipy.optimize import minimize
    from scipy.special import betaln, gammaln, hyp2f1, psi
except ImportError as error:
    print(error)
    sys.exit()

warnings.filterwarnings("ignore")
folder = Path(sys.argv[1])
transactions = pd.read_csv(folder / "transactions.csv")
transactions["date"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(transactions["day"], unit="D")
end = pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(sys.argv[2]))
accounts = pd.read_csv(folder / "histories.csv")
collapsed = accounts.groupby(["x", "t_x", "t"]).size().reset_index(name="count")
x, t_x, t, count = (collapsed[name].to_numpy(float) for name in ["x", "t_x", "t", "count"])
again = x > 0


def bg_nbd(at):
    """Negative log-likelihood an account, and its gradient, by logarithms of the parameters."""
    r, alpha, a, b = np.exp(at)
    ln_t, ln_x = np.log(alpha + t), np.log(alpha + t_x)
    safe = np.maximum(b + x - 1, 1e-300)
    odds = np.where(again, np.log(a / safe) + (r + x) * (ln_t - ln_x), -np.inf)
    share = 1 / (1 + np.exp(-odds))
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
    value += np.logaddexp(0, odds) - (r + x) * ln_t
    both = psi(a + b) - psi(a + b + x)
    gradient = [
        psi(r + x) - psi(r) + np.log(alpha) - ln_t + share * (ln_t - ln_x),
        r / alpha - (r + x) * ((1 - share) / (alpha + t) + share / (alpha + t_x)),
        both + share / a,
        both + psi(b + x) - psi(b) - share / safe,
    ]
    total = count.sum()
    slope = np.array([count @ it for it in gradient]) * np.exp(at)
    return -(count @ value) / total, -slope / total


def pareto_nbd(at):
    """The same without a gradient."""
    r, alpha, s, beta = np.exp(at)
    m = r + s + x
    near, far, power = (beta, alpha, s + 1) if alpha >= beta else (alpha, beta, r + x)

    def part(time):
        return hyp2f1(m, power, m + 1, (far - near) / (far + time)) * np.exp(
            m * (np.log(far + t_x) - np.log(far + time))
        )

    gone = np.log(s / m) + np.log(np.maximum(part(t_x) - part(t), 1e-300)) - m * np.log(far + t_x)
    alive = -(r + x) * np.log(alpha + t) - s * np.log(beta + t)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    value += np.logaddexp(alive, gone)
    return -(count @ value) / count.sum()


def fitted(of, start, gradient):
    options = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500}
    found = minimize(of, start, jac=gradient, method="L-BFGS-B", options=options)
    return [*np.exp(found.x), -found.fun * count.sum()]


def summary():
    summary_data_from_transaction_data(transactions, "account", "date", observation_period_end=end)
    return []


def scorer(fitter, params):
    names = ["r", "alpha", "a", "b"] if fitter is BetaGeoFitter else ["r", "alpha", "s", "beta"]
    model = fitter()
    model.params_ = pd.Series(dict(zip(names, params)))
    of = accounts["x"].to_numpy(), accounts["t_x"].to_numpy(), accounts["t"].to_numpy()
    return lambda: [
        float(np.sum(model.conditional_probability_alive(*of))),
        float(np.sum(model.conditional_expected_number_of_purchases_up_to_time(39.0, *of))),
    ]


BG, PARETO = [0.243, 4.414, 0.793, 2.426], [0.553, 10.578, 0.606, 11.669]
start = np.log([0.4, 0.3 * t.mean(), 0.7, 2.0])
pareto_start = np.log([0.5, 0.3 * t.mean(), 0.6, 0.4 * t.mean()])
work = {
    "summary": summary,
    "bg_scipy": lambda: fitted(bg_nbd, start, True),
    "pareto_scipy": lambda: fitted(pareto_nbd, pareto_start, None),
    "score_bg": scorer(BetaGeoFitter, BG),
    "score_pareto": scorer(ParetoNBDFitter, PARETO),
}
print("ready", flush=True)
for line in sys.stdin:
    begun = time.perf_counter()
    result = work[line.strip()]()
    seconds = time.perf_counter() - begun
    print(" ".join(str(it) for it in [seconds, *result]), flush=True)
