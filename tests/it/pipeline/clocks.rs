//! A clock that leaps: posts are filed by what it says, and nothing that is new is dropped for it.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use overheard::clock::Clock;
use overheard::config::Market;
use overheard::month::Month;
use overheard::pipeline::{Reason, Trust, Upkeep};
use overheard::post::{Post, Said};
use overheard::retention::Retention;
use overheard::store::{SledStore, Store};

use crate::store::sample::time;

const SOURCES: &str = "[[source]]\nid = \"press\"\nkind = \"feed\"\nurl = \"https://press.example/feed\"\n\
    voice = \"press\"\n";

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A post that says when it was said, read when our clock said `heard`.
fn read(key: &str, published: Option<&str>, heard: &str) -> Post {
    let published = published.map(time);
    let said = Said { key: key.into(), text: key.into(), published, ..Said::default() };
    Post::new(&"press".parse().unwrap(), said, time(heard))
}

fn months(store: &dyn Store) -> Vec<String> {
    store.months().unwrap().iter().map(|filed| filed.month.to_string()).collect()
}

/// The months whose posts would go.
fn over(store: &dyn Store, now: &str, trust: Trust) -> (Vec<Month>, Option<Timestamp>) {
    let market = Market::parse(&[(PathBuf::from("mine.toml"), SOURCES.to_owned())]).unwrap();
    let term = || "180d".parse().unwrap();
    let retention = Retention { press: term(), ..Retention::default() };
    let clock = At(time(now));
    let upkeep = Upkeep { market: &market, retention: &retention, store, clock: &clock, trust };
    let due = upkeep.due(false).unwrap().into_iter();
    let over = due.filter(|due| matches!(due.reason, Reason::SomeOver | Reason::AllOver));
    (over.map(|due| due.filed.month).collect(), upkeep.held_back().unwrap())
}

#[test]
fn a_clock_that_leaps_files_by_what_it_says_and_drops_nothing_that_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let october = read("a", Some("2026-10-05T08:00:00Z"), "2026-10-05T09:00:00Z");
    let november = read("b", Some("2026-11-20T08:00:00Z"), "2026-11-20T09:00:00Z");
    store.keep(&[october, november]).unwrap();
    // A year ahead: what is read then is filed there, and still says when it was said.
    let ahead = read("c", Some("2026-11-22T07:00:00Z"), "2027-11-22T08:00:00Z");
    let undated = read("d", None, "2027-11-22T08:00:00Z");
    let ahead_of_itself = read("e", Some("2031-01-01T00:00:00Z"), "2027-11-22T08:00:00Z");
    store.keep(&[ahead.clone(), undated, ahead_of_itself]).unwrap();
    assert_eq!(months(&store), ["2026-10", "2026-11", "2027-11"]);
    let thirty_days = SignedDuration::from_hours(24 * 30);
    let counted_from = Some(time("2026-11-22T07:00:00Z") + thirty_days);
    assert_eq!(over(&store, "2027-11-22T08:00:00Z", Trust::Witnessed), (vec![], counted_from));
    // A person who looked at the clock is believed.
    let both: Vec<Month> = vec!["2026-10".parse().unwrap(), "2026-11".parse().unwrap()];
    assert_eq!(over(&store, "2027-11-22T08:00:00Z", Trust::Clock), (both, None));

    // Set right again: what was read stays where it is, once, and what is new is filed by the right time.
    assert_eq!(
        store.keep(&[Post { heard: time("2026-11-23T08:00:00Z"), ..ahead }]).unwrap().same,
        1
    );
    let right = read("f", Some("2026-11-23T07:00:00Z"), "2026-11-23T08:00:00Z");
    // And a month back.
    let back = read("g", Some("2026-11-23T07:30:00Z"), "2026-10-23T08:00:00Z");
    store.keep(&[right, back]).unwrap();
    assert_eq!(store.counts().unwrap().posts, 7);
    assert_eq!(months(&store), ["2026-10", "2026-11", "2027-11"]);
    assert_eq!(over(&store, "2026-10-23T08:00:00Z", Trust::Witnessed), (vec![], None));
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn what_is_too_old_goes_as_long_as_others_say_what_time_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    store.keep(&[read("a", Some("2026-10-05T08:00:00Z"), "2026-10-05T09:00:00Z")]).unwrap();
    let may = "2027-05-10T08:00:00Z";
    assert_eq!(over(&store, may, Trust::Witnessed).0, vec![]);
    store.keep(&[read("b", Some("2027-05-01T08:00:00Z"), "2027-05-01T09:00:00Z")]).unwrap();
    assert_eq!(over(&store, may, Trust::Witnessed), (vec!["2026-10".parse().unwrap()], None));

    // Where nobody ever gave a date, our clock is all there is.
    let other = tempfile::tempdir().unwrap();
    let store = SledStore::open(other.path()).unwrap();
    store.keep(&[read("a", None, "2026-10-05T09:00:00Z")]).unwrap();
    assert_eq!(over(&store, may, Trust::Witnessed), (vec!["2026-10".parse().unwrap()], None));
}
