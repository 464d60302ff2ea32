//! What is up, new or steady, and what is too early to say.

use jiff::ToSpan as _;
use overheard::digest::{Direction, Outages, Proven, RisingTold, Window, make, scope, window};
use overheard::source::Voice;
use overheard::views;

use super::market::{Market, TODAY, busy, mara};
use super::point;

#[test]
fn more_than_before_is_up_and_a_source_new_to_us_makes_no_trend() {
    let mut market = busy();
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now, trend.before), (Direction::Up, 6, 3));
    assert_eq!(trend.counted.len(), 6);
    for n in 0..6 {
        let name = format!("newcomer{n}");
        market.source(&name, Voice::Blog);
        let text =
            format!("Number {n} among newcomers writes that on-call nights of kind {n} are hard.");
        market.say(&name, 1, 1, &text).about("on-call");
    }
    let trend = point(&market.digest(), "on-call").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now), (Direction::New, 3));
}

#[test]
fn without_a_baseline_it_is_too_early_to_say() {
    let mut market = busy();
    market.posts.retain(|spoken| spoken.post.when() >= window(&mara(), TODAY).from);
    assert_eq!(point(&market.digest(), "cloud cost").evidence.trend.direction, Direction::TooEarly);
    assert!(market.digest().rising.is_empty());
}

#[test]
fn a_steady_source_is_not_up_beside_sources_heard_for_longer() {
    let mut market = Market::silent();
    for number in 0..12 {
        let name = format!("unrelated{number}");
        market.source(&name, Voice::Press);
        market.say(&name, 34, 40, "A quiet week with little to tell from our corner of the world.");
    }
    market.source("daily", Voice::Blog);
    for day in 0..16 {
        let text =
            format!("Day {day} of the diary: egress fees of kind {day} came to {day} euros.");
        market.say("daily", day, 0, &text).about("cloud cost");
    }
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now, trend.before), (Direction::Steady, 7, 9));
    assert!((1.1..1.3).contains(&trend.baseline_windows), "{trend:?}");
}

#[test]
fn new_is_said_only_by_those_who_had_time_to_say_it_before() {
    let mut market = Market::silent();
    market.source("elder", Voice::Press);
    market.say("elder", 34, 40, "A quiet week with little to tell from our corner of the world.");
    market.source("recent", Voice::Blog);
    market.say("recent", 15, 41, "Hello from a new blog that has little to tell as yet.");
    let text = "Egress fees are the largest line of our bill, and we cannot explain them.";
    market.say("recent", 1, 0, text).about("cloud cost");
    let direction =
        |market: &Market| point(&market.digest(), "cloud cost").evidence.trend.direction;
    assert_eq!(direction(&market), Direction::TooEarly);
    for text in
        ["Our egress fees doubled in a single quarter.", "Nobody plans for egress fees, we find."]
    {
        market.say("elder", 1, 0, text).about("cloud cost");
    }
    assert_eq!(direction(&market), Direction::New);
}

#[test]
fn those_who_denied_the_claim_before_are_no_baseline_of_it() {
    let mut market = busy();
    for (source, days) in [("tannery", 19), ("stratos", 22), ("harborpost", 24), ("thewire", 25)] {
        let text =
            format!("In {source} we disagree that egress fees rise: the panic is overblown.");
        market.say(source, days, 0, &text).about("cloud cost");
    }
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.now, trend.before), (6, 3));
}

/// A stretch from so many days ago to so many.
fn days(from: i64, until: i64) -> Window {
    let morning = window(&mara(), TODAY).until;
    Window { from: morning - (24 * from).hours(), until: morning - (24 * until).hours() }
}

/// A source that says one thing each day, for five weeks.
fn daily(name: &str) -> Market {
    let mut market = Market::silent();
    market.source(name, Voice::Blog);
    for day in 0..35 {
        let text =
            format!("Day {day} of the diary: egress fees of kind {day} came to {day} euros.");
        market.say(name, day, 0, &text).about("cloud cost");
    }
    market
}

#[test]
fn a_source_that_could_not_be_heard_is_not_down() {
    let mut market = daily("daily");
    // It fails since six days; what it says meanwhile never reached us.
    market.posts.retain(|spoken| !within(spoken, days(6, 0)));
    let direction =
        |market: &Market| point(&market.digest(), "cloud cost").evidence.trend.direction;
    let source = market.sources[0].id.clone();
    assert_eq!(direction(&market), Direction::Down, "without knowing of it, it looks so");
    market.outages.add(&source, days(6, 0));
    assert_eq!(direction(&market), Direction::TooEarly);
    // Half of the window is enough, at twice the weight.
    let mut market = daily("daily");
    market.posts.retain(|spoken| !within(spoken, days(3, 0)));
    market.outages.add(&source, days(3, 0));
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now, trend.before), (Direction::Steady, 4, 28));
    assert!((trend.baseline_windows - 7.0).abs() < 0.2, "{trend:?}");
    // By the clock it was four weeks, and that is what is told.
    assert!((trend.windows_before - 4.0).abs() < 0.2, "{trend:?}");
    let digest = market.digest();
    let proven = Proven::of(digest, |id| market.post(id)).unwrap();
    let text = views::text(&proven, &views::Links::none());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("4 stories vs 7.2 a week"), "{text}");
}

#[test]
fn a_source_that_could_not_be_heard_before_is_not_up() {
    let mut market = daily("daily");
    market.posts.retain(|spoken| !within(spoken, days(28, 8)));
    let source = market.sources[0].id.clone();
    let direction =
        |market: &Market| point(&market.digest(), "cloud cost").evidence.trend.direction;
    assert_eq!(direction(&market), Direction::Up, "without knowing of it, it looks so");
    market.outages.add(&source, days(28, 8));
    assert_eq!(direction(&market), Direction::Steady);
}

#[test]
fn what_was_never_heard_before_is_new_only_where_it_could_have_been() {
    let mut market = Market::silent();
    market.source("elder", Voice::Press);
    market.say("elder", 34, 40, "A quiet week with little to tell from our corner of the world.");
    for n in 0..3 {
        let text = format!("In town {n} we pay {n} times as much in egress fees as {n} years ago.");
        market.say("elder", 1, 0, &text).about("cloud cost");
    }
    let direction =
        |market: &Market| point(&market.digest(), "cloud cost").evidence.trend.direction;
    assert_eq!(direction(&market), Direction::New);
    market.outages.add(&market.sources[0].id.clone(), days(27, 8));
    assert_eq!(direction(&market), Direction::TooEarly);
}

#[test]
fn an_hour_of_silence_is_no_outage() {
    let mut market = daily("daily");
    let before = market.digest();
    let source = market.sources[0].id.clone();
    let hour = Window { from: days(2, 1).from, until: days(2, 1).from + 1.hour() };
    market.outages.add(&source, hour);
    assert_eq!(market.outages, Outages::default());
    assert_eq!(market.digest(), before);
}

#[test]
fn a_day_is_compared_with_the_same_weekday_of_the_four_weeks_before() {
    // Friday is when they write: five posts each Friday, none on other days.
    let mut market = Market::silent();
    market.source("fridays", Voice::Blog);
    market.say("fridays", 34, 40, "A quiet week with little to tell from our corner of the world.");
    for week in 0..5 {
        for n in 0..5 {
            let text =
                format!("Friday {week}: egress fees of kind {n}{week} came to {n} euros here.");
            market.say("fridays", 7 * week, 0, &text).about("cloud cost");
        }
    }
    let reader = mara();
    let heard = market.heard();
    let day = Window { from: days(1, 0).from, until: days(1, 0).until };
    assert_eq!(scope(day).from, days(35, 0).from);
    let digest = make(&overheard::digest::Input {
        reader: &reader,
        ruleset: &market.ruleset,
        accounts: &market.accounts,
        window: day,
        now: day.until,
        heard: &heard,
        told: &[],
        listening: market.listening.clone(),
        outages: &market.outages,
        met: &[],
        told_before: &[],
        rising_told: &[],
        useful: &market.useful,
    });
    let trend = point(&digest, "cloud cost").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now, trend.before), (Direction::Steady, 5, 20));
    assert!((trend.baseline_windows - 4.0).abs() < 0.01, "{trend:?}");
}

#[test]
fn a_topic_is_told_to_rise_once_and_again_only_when_it_moved() {
    let mut market = busy();
    let first = market.digest();
    assert_eq!(first.rising[0].topic, "cloud cost");
    let now = first.rising[0].trend.now;
    let known = RisingTold { topic: "cloud cost".to_owned(), date: TODAY, stories: now };
    assert!(first.rising_told.contains(&known));
    market.rising_told = first.rising_told.clone();
    let tomorrow = TODAY.tomorrow().unwrap();
    let second = market.digest_for(&mara(), tomorrow, &first.told());
    assert!(second.rising.is_empty(), "{:?}", second.rising);
    assert!(second.rising_told.contains(&known), "it is known for as long as it rises");
    for n in 0..now * 2 {
        let text =
            format!("Egress fees of our office number {n} tripled, and the landlord laughs.");
        market.say("dailyrack", 0, 0, &text).about("cloud cost");
    }
    let moved = market.digest_for(&mara(), tomorrow, &first.told());
    assert_eq!(moved.rising[0].topic, "cloud cost");
    assert_eq!(moved.rising_told[0].date, tomorrow);
}

fn within(spoken: &super::market::Spoken, stretch: Window) -> bool {
    let when = spoken.post.when();
    stretch.from <= when && when < stretch.until
}
