//! Whether two counts differ by more than chance.
//!
//! Given their sum, the first of two Poisson counts is binomial; the exact (Clopper–Pearson) interval
//! of its share is an interval of the ratio of the two rates.

/// What is left out at each end of a 95 % interval.
const TAIL: f64 = 0.025;

/// Halvings of the interval: more than a double can tell apart.
const STEPS: usize = 60;

/// Terms of the continued fraction; it needs about the root of the counts.
const TERMS: usize = 2_000;

/// The 95 % interval of the rate that gave `now` in one window over the rate that gave `before` in
/// `windows` windows. The upper end is absent where it is infinite. None where there is nothing to
/// compare: no counts at all, or no baseline.
#[must_use]
pub fn rate_ratio(now: u32, before: u32, windows: f64) -> Option<(f64, Option<f64>)> {
    if now + before == 0 || !windows.is_finite() || windows <= 0.0 {
        return None;
    }
    let (k, rest) = (f64::from(now), f64::from(before));
    let share_to_ratio = |share: f64| windows * share / (1.0 - share);
    let lower = if now == 0 { 0.0 } else { share_to_ratio(beta_quantile(TAIL, k, rest + 1.0)) };
    let upper = (before > 0).then(|| share_to_ratio(beta_quantile(1.0 - TAIL, k + 1.0, rest)));
    Some((lower, upper))
}

/// The point below which a beta distribution has the mass `mass`.
fn beta_quantile(mass: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if beta_mass(middle, a, b) < mass {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The mass of a beta distribution below `x`: the regularised incomplete beta function, by its
/// continued fraction (DLMF 8.17.22, evaluated by Lentz's method).
fn beta_mass(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges fast only on its own side of the mean.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for term in 1..TERMS {
        let m = term as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        result *= d * c;
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    result
}

/// The logarithm of the gamma function for `x` ≥ 1, by Stirling's series after shifting up.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse / 1_260.0)) / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(now: u32, before: u32, windows: f64, lower: f64, upper: f64) {
        let (low, high) = rate_ratio(now, before, windows).unwrap();
        let high = high.unwrap_or(f64::INFINITY);
        assert!((low - lower).abs() < 0.005, "{low} is not {lower}");
        let same = high.is_infinite() && upper.is_infinite();
        assert!(same || (high - upper).abs() < 0.005, "{high} is not {upper}");
    }

    // Clopper–Pearson: 11 of 20 is 0.3153–0.7694, 1 of 5 is 0.0051–0.7164, 5 of 5 from 0.4782 and
    // 0 of 10 up to 0.3085; times 4 for the odds against four windows.
    #[test]
    fn the_intervals_are_those_of_the_tables() {
        check(11, 9, 4.0, 4.0 * 0.31528 / 0.68472, 4.0 * 0.76942 / 0.23058);
        check(5, 0, 4.0, 4.0 * 0.47818 / 0.52182, f64::INFINITY);
        check(0, 10, 4.0, 0.0, 4.0 * 0.30850 / 0.69150);
    }

    // scipy 1.17.1: with lo = beta.ppf(.025, now, before + 1) and hi = beta.ppf(.975, now + 1, before),
    // windows * lo / (1 - lo) and windows * hi / (1 - hi).
    #[test]
    fn the_intervals_are_those_of_scipy() {
        for (now, before, windows, lower, upper) in [
            (11, 9, 4.0, 1.841_788_020_8, 13.347_716_567_5),
            (3, 0, 4.0, 1.652_925_420_1, f64::INFINITY),
            (1, 4, 4.0, 0.020_305_612_4, 10.105_264_434_7),
            (7, 7, 3.25, 0.972_756_465_9, 10.858_318_983_7),
            (40, 120, 4.0, 0.907_987_671_7, 1.921_522_668_1),
            (2, 30, 3.5, 0.027_019_567_0, 0.919_579_357_2),
            (0, 12, 4.0, 0.0, 1.439_575_269_2),
            (500, 1_500, 4.0, 1.202_577_465_7, 1.476_340_892_5),
        ] {
            let (low, high) = rate_ratio(now, before, windows).unwrap();
            let high = high.unwrap_or(f64::INFINITY);
            assert!((low - lower).abs() < 1e-8, "{now} {before}: {low} is not {lower}");
            let same = high.is_infinite() && upper.is_infinite();
            assert!(same || (high - upper).abs() < 1e-8, "{now} {before}: {high} is not {upper}");
        }
    }

    #[test]
    fn great_counts_stay_finite_and_narrow() {
        let (low, high) = rate_ratio(50_000, 200_000, 4.0).unwrap();
        assert!(low > 0.985 && low < 1.0 && high.is_some_and(|high| high > 1.0 && high < 1.015));
    }

    #[test]
    fn nothing_cannot_be_compared() {
        assert_eq!(rate_ratio(0, 0, 4.0), None);
        assert_eq!(rate_ratio(3, 0, 0.0), None);
    }
}
