"""Values of the functions behind the purchase models, by mpmath at 60 digits.

Prints the tables that stand in crates/relatum-churn/src/tests/numbers.rs. Run once, with
mpmath 1.4.1: `python3 tests/recompute/churn_numbers.py`.
"""

from mpmath import beta, digamma, hyp2f1, log, loggamma, mp, mpf

mp.dps = 60


def rust(value):
    return repr(float(value))


def death(r, alpha, s, b, x, t_x, t):
    """ln of the share of those who stopped in the likelihood of Pareto/NBD, by 2F1."""
    m = r + s + x
    if alpha >= b:
        part = lambda at: hyp2f1(m, s + 1, m + 1, (alpha - b) / (alpha + at)) / (alpha + at) ** m
    else:
        part = lambda at: hyp2f1(m, r + x, m + 1, (b - alpha) / (b + at)) / (b + at) ** m
    return log(s / m * (part(t_x) - part(t)))


def expected(r, alpha, a, b, x, t_x, t, h):
    """Fader, Hardie, Lee 2005, equation 10."""
    z = h / (alpha + t + h)
    first = (a + b + x - 1) / (a - 1)
    inner = 1 - ((alpha + t) / (alpha + t + h)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    odds = a / (b + x - 1) * ((alpha + t) / (alpha + t_x)) ** (r + x) if x else mpf(0)
    return first * inner / (1 + odds)


DEATHS = [
    ("0.5533", "10.5777", "0.6062", "11.6687", 2, "30.43", "38.86"),
    ("0.5533", "10.5777", "0.6062", "11.6687", 0, "0", "38.86"),
    ("0.5533", "10.5777", "0.6062", "10.5777", 7, "29.43", "38.86"),
    ("0.5143", "2.8845", "0.2856", "14.1087", 221, "103.42857", "103.57143"),
    ("10.465", "0.00798565181", "3.0516", "2.82", 50, "4", "37"),
    ("10.465", "0.00798565181", "3.0516", "2.82", 0, "0", "37"),
    ("0.02", "0.001", "0.03", "500", 0, "0", "400"),
    ("0.5", "20", "120", "9000", 12, "60", "300"),
    ("0.5", "20", "120", "0.4", 3, "10", "300"),
    ("0.8", "5", "0.7", "6", 5000, "250", "260"),
    ("0.8", "5", "0.7", "0.01", 5000, "1", "260"),
    ("40", "900", "0.7", "6", 1, "0.5", "2000"),
]
EXPECTED = [
    ("0.2426", "4.4136", "0.7929", "2.4259", 2, "30.43", "38.86", "39"),
    ("0.2426", "4.4136", "0.7929", "2.4259", 0, "0", "38.86", "0.001"),
    ("0.2426", "4.4136", "1.0000001", "2.4259", 3, "30", "31", "52"),
    ("0.1", "50.16", "0.4", "0.81", 300, "399", "400", "520"),
    ("3", "0.5", "5", "0.02", 1, "1", "60", "5000"),
    ("0.8", "5", "0.01", "3", 5000, "259", "260", "52"),
    ("20", "2", "3000", "90000", 40, "30", "31", "26"),
]
GAMMAS = ["0.00001", "0.03", "0.9", "1", "1.7", "2", "12.5", "300", "123456.7"]

numbers = lambda row: [mpf(it) for it in row]
for name, table, of in [("DEATHS", DEATHS, death), ("EXPECTED", EXPECTED, expected)]:
    print(f"pub(super) const {name}: &[([f64; {len(table[0])}], f64)] = &[")
    for row in table:
        shown = ", ".join(it if "." in str(it) else f"{it}.0" for it in map(str, row))
        print(f"    ([{shown}], {rust(of(*numbers(row)))}),")
    print("];")
print("pub(super) const GAMMAS: &[(f64, f64, f64)] = &[")
for it in GAMMAS:
    shown = rust(it)
    print(f"    ({shown}, {rust(loggamma(mpf(it)))}, {rust(digamma(mpf(it)))}),")
print("];")
