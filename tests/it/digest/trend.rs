//! What is up, new or steady, and what is too early to say.

use overheard::digest::{Direction, window};
use overheard::source::Voice;

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
