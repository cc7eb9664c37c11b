//! The plots: what is in them, where it lies, and what they say when there is nothing to show.

use std::collections::HashMap;

use relatum_churn::{BackTest, Cut};
use svg::parser::Event;

use super::*;

const HEADING: Heading<'_> = Heading { title: "Is <anyone> & \"all\" leaving?", horizon: 90 };
type Plot = fn(&Heading<'_>, &[Forecaster]) -> Result<String, PlotError>;
const PLOTS: [Plot; 3] = [reliability, lift, area];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn said(risk: f64, lapsed: bool) -> Forecast {
    Forecast { score: risk, risk, lapsed }
}

fn forecaster(name: &str, cuts: &[(&str, &[Forecast])]) -> Forecaster {
    let cuts = cuts.iter().map(|(cut, it)| (day(cut), it.to_vec())).collect();
    Forecaster { name: name.to_owned(), cuts }
}

/// Ten accounts: of the four riskiest three lapsed, of the others one.
fn ten() -> Vec<Forecast> {
    let lapsed = [true, true, false, true, false, false, false, false, true, false];
    lapsed.iter().zip(0_u8..).map(|(it, at)| said(0.95 - f64::from(at) / 10.0, *it)).collect()
}

/// Forecasts that are worth something, with noise: more of it, less worth.
fn noisy(accounts: u32, noise: f64, seed: u64) -> Vec<Forecast> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut draw = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let account = |_| {
        let truth = draw().powi(2);
        let risk = (truth + noise * (draw() - 0.5)).clamp(0.01, 0.99);
        said(risk, draw() < truth)
    };
    (0..accounts).map(account).collect()
}

fn back_test() -> BackTest {
    let candidates = [
        (Candidate::Baseline(Baseline::BaseRate), 0.0),
        (Candidate::Baseline(Baseline::Rfm), 0.8),
        (Candidate::Score, 0.1),
        (Candidate::Baseline(Baseline::Recency), 1.2),
    ];
    let cut = |cut: i32| Cut {
        cut,
        forecasts: candidates
            .iter()
            .map(|&(it, noise)| (it, noisy(400, noise, cut.unsigned_abs().into())))
            .collect(),
    };
    let cuts = [90, 181, 273, 365].map(cut).to_vec();
    BackTest { cuts, winner: Candidate::Score }
}

fn of_back_test() -> Vec<Forecaster> {
    let new_year = day("2025-01-01");
    Forecaster::all(&back_test(), |cut| new_year + chrono::TimeDelta::days(cut.into()))
}

/// An element with its class, or that of the closest group around it.
struct Drawn {
    group: String,
    name: String,
    attributes: HashMap<String, String>,
    /// The words right after it.
    words: String,
}

impl Drawn {
    fn get(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }

    /// Where a mark is.
    fn place(&self) -> (f64, f64) {
        let within = self.get("transform").strip_prefix("translate(").unwrap();
        let (x, y) = within.strip_suffix(')').unwrap().split_once(' ').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    }

    /// The corners of a polyline.
    fn points(&self) -> Vec<(f64, f64)> {
        let pairs = self.get("points").split(' ').map(|it| it.split_once(',').unwrap());
        pairs.map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).collect()
    }
}

fn elements(svg: &str) -> Vec<Drawn> {
    use svg::node::element::tag::Type;
    let (mut groups, mut drawn) = (Vec::<String>::new(), Vec::<Drawn>::new());
    for event in svg::read(svg).unwrap() {
        match event {
            Event::Tag("g", Type::End, _) => drop(groups.pop()),
            Event::Tag(name, Type::Start | Type::Empty, attributes) => {
                let attributes: HashMap<String, String> =
                    attributes.into_iter().map(|(key, it)| (key, it.into())).collect();
                if name == "g" {
                    groups.push(attributes.get("class").cloned().unwrap_or_default());
                }
                let group = groups.last().cloned().unwrap_or_default();
                let (name, words) = (name.to_owned(), String::new());
                drawn.push(Drawn { group, name, attributes, words });
            }
            Event::Text(words) => {
                if let Some(last) = drawn.last_mut() {
                    let words = words.trim().replace("&lt;", "<").replace("&gt;", ">");
                    last.words.push_str(&words.replace("&amp;", "&"));
                }
            }
            Event::Error(error) => panic!("{error}"),
            _ => {}
        }
    }
    drawn
}

fn marks(drawn: &[Drawn]) -> Vec<(f64, f64)> {
    let marks = drawn.iter().filter(|it| it.group == "series" && it.get("class") == "mark");
    marks.map(Drawn::place).collect()
}

fn lines(drawn: &[Drawn]) -> Vec<&Drawn> {
    drawn.iter().filter(|it| it.group == "series" && it.name == "polyline").collect()
}

fn ticks<'a>(drawn: &'a [Drawn], class: &str) -> Vec<&'a str> {
    drawn.iter().filter(|it| it.get("class") == class).map(|it| it.words.as_str()).collect()
}

fn names(drawn: &[Drawn]) -> Vec<&str> {
    let starts = drawn.windows(2).filter(|it| it[0].name == "g" && it[0].group == "series");
    starts.map(|it| it[1].words.as_str()).collect()
}

#[track_caller]
fn near(one: (f64, f64), other: (f64, f64)) {
    let off = (one.0 - other.0).hypot(one.1 - other.1);
    assert!(off < 0.02, "{one:?} is not {other:?}");
}

#[test]
fn every_plot_has_a_series_for_each_forecaster_that_ranks() {
    for plot in PLOTS {
        let svg = plot(&HEADING, &of_back_test()).unwrap();
        let drawn = elements(&svg);
        assert_eq!(names(&drawn), ["RFM", "recency", "the score"], "the first is drawn last");
        let dashes: Vec<&str> = lines(&drawn).iter().map(|it| it.get("stroke-dasharray")).collect();
        assert_eq!(dashes, ["2 3", "8 4", "none"], "told apart without colour");
        let subtitle = drawn.iter().find(|it| it.get("class") == "subtitle").unwrap();
        let lapses = of_back_test()[0].forecasts().filter(|it| it.lapsed).count();
        let expected = format!(
            "no purchase in 90 days after 4 cuts, 2025-04-01 to 2026-01-01 · 1,600 accounts over \
             all cuts · {lapses} lapsed"
        );
        assert_eq!(subtitle.words, expected);
        let title = drawn.iter().find(|it| it.get("class") == "title").unwrap();
        assert_eq!(title.words, HEADING.title);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

#[test]
fn equal_forecasts_in_any_order_are_equal_bytes() {
    let forecasters = of_back_test();
    let mut turned = forecasters.clone();
    for it in &mut turned {
        it.cuts.reverse();
        it.cuts.iter_mut().for_each(|(_, forecasts)| forecasts.reverse());
    }
    for plot in PLOTS {
        let svg = plot(&HEADING, &forecasters).unwrap();
        assert_eq!(svg, plot(&HEADING, &forecasters).unwrap());
        assert_eq!(svg, plot(&HEADING, &turned).unwrap());
    }
}

#[test]
fn reliability_puts_bins_where_they_belong() {
    // Twenty equal risks in one bin of their own, although a tenth would be four.
    let mut stated = vec![said(0.25, false); 15];
    stated.extend(vec![said(0.25, true); 5]);
    stated.extend(vec![said(1.0, true); 10]);
    stated.extend(vec![said(0.0, false); 10]);
    let svg = reliability(&HEADING, &[forecaster("it", &[("2025-03-31", &stated)])]).unwrap();
    let drawn = elements(&svg);
    let expected = [(72.0, 362.0), (201.0, 289.0), (588.0, 70.0)];
    for (mark, expected) in marks(&drawn).into_iter().zip(expected) {
        near(mark, expected);
    }
    assert_eq!((marks(&drawn).len(), lines(&drawn)[0].points().len()), (3, 3));
    assert_eq!(ticks(&drawn, "x-tick"), ["0%", "20%", "40%", "60%", "80%", "100%"]);
    assert_eq!(ticks(&drawn, "y-tick"), ["0%", "20%", "40%", "60%", "80%", "100%"]);
    let diagonal = drawn.iter().find(|it| it.group == "reference" && it.name == "line").unwrap();
    let ends = ["x1", "y1", "x2", "y2"].map(|it| diagonal.get(it).to_owned());
    assert_eq!(ends, ["72", "362", "588", "70"]);
    let columns: Vec<(&str, &str)> = drawn
        .iter()
        .filter(|it| it.group == "histogram" && it.name == "rect")
        .map(|it| (it.get("x"), it.get("height")))
        .collect();
    assert_eq!(columns, [("73", "28"), ("202", "56"), ("563.2", "28")]);
    assert!(svg.contains("it, 20 accounts: stated 25%, came 25%"));
    assert!(svg.contains("mean gap 0.0 points"));
}

#[test]
fn lift_finds_what_is_among_the_riskiest() {
    let drawn = elements(&lift(&HEADING, &[forecaster("it", &[("2025-03-31", &ten())])]).unwrap());
    // One of four lapses is the riskiest account.
    near(marks(&drawn)[0], (72.0 + 51.6, 440.0 - 370.0 / 4.0));
    let points = lines(&drawn)[0].points();
    for (share, found) in [(0.0, 0.0), (0.2, 0.5), (0.3, 0.5), (0.4, 0.75), (0.9, 1.0), (1.0, 1.0)]
    {
        let at = points[(share * 200.0_f64).round() as usize];
        near(at, (72.0 + 516.0 * share, 440.0 - 370.0 * found));
    }
    assert_eq!(points.len(), 201);
    assert!(points.windows(2).all(|it| it[0].1 >= it[1].1), "it never falls");
}

#[test]
fn lift_ranks_within_a_cut_and_never_across_two() {
    let one: Vec<Forecast> = ten();
    let other: Vec<Forecast> =
        one.iter().map(|it| Forecast { score: it.score - 1000.0, ..*it }).collect();
    let alone = lift(&HEADING, &[forecaster("it", &[("2025-03-31", &one)])]).unwrap();
    let cuts: [(&str, &[Forecast]); 2] = [("2025-03-31", &one), ("2025-06-30", &other)];
    let both = lift(&HEADING, &[forecaster("it", &cuts)]).unwrap();
    let points = |svg: &str| lines(&elements(svg))[0].points();
    assert_eq!(points(&alone), points(&both));
}

#[test]
fn ties_are_found_in_part() {
    let tied: Vec<Forecast> = ten().iter().map(|it| Forecast { score: 0.0, ..*it }).collect();
    let drawn = elements(&lift(&HEADING, &[forecaster("it", &[("2025-03-31", &tied)])]).unwrap());
    for (x, y) in lines(&drawn)[0].points() {
        near((x, y), (x, 440.0 - 370.0 * (x - 72.0) / 516.0));
    }
}

#[test]
fn area_stands_at_its_day_in_a_range_that_holds_one_half() {
    let perfect = [said(0.9, true), said(0.1, false)];
    let wrong = [said(0.1, true), said(0.9, false)];
    let cuts: [(&str, &[Forecast]); 3] =
        [("2025-12-31", &wrong), ("2025-01-01", &perfect), ("2025-07-02", &ten())];
    let drawn = elements(&area(&HEADING, &[forecaster("it", &cuts)]).unwrap());
    let marks = marks(&drawn);
    let (left, right) = (72.0 + 516.0 * 0.04 / 1.08, 588.0 - 516.0 * 0.04 / 1.08);
    near(marks[0], (left, 70.0));
    near(marks[1], (f64::midpoint(left, right), 440.0 - 370.0 * 18.0 / 24.0));
    near(marks[2], (right, 440.0));
    assert_eq!(ticks(&drawn, "x-tick"), ["2025-01-01", "2025-07-02", "2025-12-31"]);
    let y = ticks(&drawn, "y-tick");
    assert_eq!((y.first(), y.last(), y.len()), (Some(&"0.00"), Some(&"1.00"), 11));

    let good = forecaster("it", &[("2025-01-01", &ten())]);
    let drawn = elements(&area(&HEADING, &[good]).unwrap());
    let y = ticks(&drawn, "y-tick");
    assert_eq!((y.first(), y.last()), (Some(&"0.45"), Some(&"0.80")));
    assert_eq!(ticks(&drawn, "x-tick"), ["2025-01-01"]);
}

#[test]
fn a_cut_that_measures_nothing_breaks_the_line() {
    let (ten, all) = (ten(), [said(0.5, true); 3]);
    let cuts: [(&str, &[Forecast]); 5] = [
        ("2025-01-31", &ten),
        ("2025-02-28", &ten),
        ("2025-03-31", &all),
        ("2025-04-30", &ten),
        ("2025-05-31", &ten),
    ];
    let drawn = elements(&area(&HEADING, &[forecaster("it", &cuts)]).unwrap());
    assert_eq!((lines(&drawn).len(), marks(&drawn).len()), (2, 4));
}

#[test]
fn written_days_have_room() {
    let start = day("2020-01-31");
    let cuts = (0..60).map(|it| (start + chrono::Months::new(it), ten())).collect();
    let svg = area(&HEADING, &[Forecaster { name: "it".to_owned(), cuts }]).unwrap();
    let drawn = elements(&svg);
    let at = |it: &Drawn| it.get("x").parse::<f64>().unwrap();
    let written: Vec<f64> = drawn.iter().filter(|it| it.get("class") == "x-tick").map(at).collect();
    assert!(written.len() >= 4 && written.windows(2).all(|it| it[1] - it[0] >= 84.0));
}

#[test]
fn a_plot_of_nothing_says_so() {
    let nothing = "There are no forecasts to show.";
    let empty = [forecaster("it", &[("2025-03-31", &[])])];
    for plot in PLOTS {
        for of in [&[][..], &empty, &[forecaster("it", &[])]] {
            let svg = plot(&HEADING, of).unwrap();
            assert!(svg.contains(nothing) && !svg.contains("NaN"), "{svg}");
            assert!(marks(&elements(&svg)).is_empty());
        }
    }
    let of = |lapsed| [forecaster("it", &[("2025-03-31", &[said(0.3, lapsed)])])];
    for lapsed in [true, false] {
        let svg = area(&HEADING, &of(lapsed)).unwrap();
        assert!(svg.contains("At no cut did some accounts lapse and others not."), "{svg}");
        let drawn = elements(&reliability(&HEADING, &of(lapsed)).unwrap());
        near(marks(&drawn)[0], (226.8, if lapsed { 70.0 } else { 362.0 }));
    }
    assert!(lift(&HEADING, &of(false)).unwrap().contains("No account lapsed"));
    let all = elements(&lift(&HEADING, &of(true)).unwrap());
    near(marks(&all)[0], (123.6, 403.0));
    for plot in PLOTS {
        assert!(plot(&HEADING, &of(true)).unwrap().contains("2025-03-31 · 1 account · 1 lapsed"));
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refused = |it: Forecast| {
        let forecasts = [said(0.5, true), it];
        let of = [forecaster("it", &[("2025-03-31", &forecasts)])];
        let errors = PLOTS.map(|plot| plot(&HEADING, &of).unwrap_err());
        assert!(errors.iter().all(|it| *it == errors[0]));
        errors[0].to_string()
    };
    let score = |score| Forecast { score, risk: 0.5, lapsed: true };
    let tells = |number| {
        format!("it, cut 2025-03-31, account 1: the {number} is no number that can be drawn")
    };
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(refused(score(number)), tells("score"));
        assert_eq!(refused(Forecast { risk: number, ..score(0.0) }), tells("risk"));
    }
    assert_eq!(refused(Forecast { risk: 1.5, ..score(0.0) }), tells("risk"));
    let many = vec![forecaster("it", &[]); 7];
    for plot in PLOTS {
        assert_eq!(
            plot(&HEADING, &many),
            Err(PlotError::TooMany { forecasters: 7, most: 6 }),
            "no style is left"
        );
    }
}

#[test]
fn names_of_any_kind_and_length_stay_on_the_sheet() {
    let name = format!("<\u{0}&\"'> {}", "wide ".repeat(40));
    let heading = Heading { title: &name, horizon: 1 };
    for plot in PLOTS {
        let svg = plot(&heading, &[forecaster(&name, &[("2025-03-31", &ten())])]).unwrap();
        assert!(!svg.contains('\u{0}') && !svg.contains("<&"));
        let drawn = elements(&svg);
        for it in drawn.iter().filter(|it| it.name == "text" && it.group != "axes") {
            let of = |attribute| it.get(attribute).parse::<f64>().unwrap();
            let width = it.words.chars().count() as f64 * 0.55 * of("font-size");
            let start = if it.get("text-anchor") == "end" { of("x") - width } else { of("x") };
            assert!(start >= 0.0 && start + width <= 800.0, "{}", it.words);
        }
    }
}

#[test]
fn bars_tell_how_far_chance_reaches() {
    // Wilson's interval of 5 of 20, and of 10 of 10, as textbooks have it.
    let mut stated = vec![said(0.25, false); 15];
    stated.extend(vec![said(0.25, true); 5]);
    stated.extend(vec![said(1.0, true); 10]);
    let of = [forecaster("it", &[("2025-03-31", &stated)]), forecaster("other", &[])];
    let drawn = elements(&reliability(&HEADING, &of).unwrap());
    let bars: Vec<&Drawn> =
        drawn.iter().filter(|it| it.group == "intervals" && it.name == "line").collect();
    let share = |it: &Drawn, end| (362.0 - it.get(end).parse::<f64>().unwrap()) / 292.0;
    let ends: Vec<_> = bars.iter().map(|it| (share(it, "y1"), share(it, "y2"))).collect();
    near(ends[0], (0.1119, 0.4687));
    near(ends[1], (0.7225, 1.0));
    assert_eq!(ends.len(), 2);
}

#[test]
fn who_forecast_nothing_is_left_out() {
    let of = [forecaster("silent", &[]), forecaster("it", &[("2025-03-31", &ten())])];
    for plot in PLOTS {
        assert_eq!(plot(&HEADING, &of).unwrap(), plot(&HEADING, &of[1..]).unwrap());
    }
}
