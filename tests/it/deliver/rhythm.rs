//! Days on which a reader gets a digest, as they are written and as they come out.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use overheard::config::Market;
use overheard::deliver::outbox;
use overheard::delivery::State;
use overheard::digest;
use overheard::pipeline::agenda::next_morning;
use overheard::reader::{Mail, Reader};
use proptest::prelude::*;

use super::hostile::{Fault, Hostile};
use super::{MARA, World, at, mail};

fn reader(lines: &str) -> Reader {
    let text = format!("{MARA}{lines}");
    Market::parse(&[("mine.toml".into(), text)]).unwrap().readers.remove(0)
}

#[track_caller]
fn refused(lines: &str) -> String {
    let text = format!("{MARA}{lines}");
    Market::parse(&[("mine.toml".into(), text)]).err().unwrap().to_string()
}

#[test]
fn on_a_quiet_day_nothing_is_due_and_the_next_morning_is_that_of_the_next_day() {
    let mara = reader(
        "days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nquiet = [\"2026-12-24..2027-01-02\", \"2026-11-23\"]\n",
    );
    // Friday 20 November; Monday is quiet.
    assert_eq!(
        digest::due(&mara, at("2026-11-20T06:00:00Z")),
        Some(jiff::civil::date(2026, 11, 20))
    );
    for quiet in ["2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z", "2026-11-23T08:00:00Z"] {
        assert_eq!(digest::due(&mara, at(quiet)), None, "{quiet}");
    }
    let readers = [mara];
    let next = next_morning(&readers, at("2026-11-20T06:00:00Z"));
    assert_eq!(next, Some(at("2026-11-24T06:00:00Z")));
    assert_eq!(
        next_morning(&readers, at("2026-12-23T06:00:00Z")),
        Some(at("2027-01-04T06:00:00Z"))
    );
}

#[test]
fn a_digest_a_week_looks_at_seven_days_and_comes_on_its_day() {
    let mara = reader("every = \"week\"\ndays = [\"thu\"]\n");
    let due = digest::due(&mara, at("2026-11-22T08:00:00Z")).unwrap();
    assert_eq!(due, jiff::civil::date(2026, 11, 19));
    let window = digest::window(&mara, due);
    assert_eq!(window.until.duration_since(window.from), SignedDuration::from_hours(7 * 24));
    assert_eq!(next_morning(&[mara], at("2026-11-22T08:00:00Z")), Some(at("2026-11-26T06:00:00Z")));
}

#[test]
fn what_cannot_be_a_rhythm_or_an_address_is_said_with_what_to_write() {
    assert!(refused("days = [\"lundi\"]\n").contains("mon, tue"));
    assert!(refused("every = \"month\"\n").contains("day, week"));
    assert!(refused("every = \"week\"\ndays = [\"mon\", \"fri\"]\n").contains("one day"));
    assert!(refused("quiet = [\"Christmas\"]\n").contains("2026-12-24..2027-01-02"));
    assert!(refused("quiet = [\"2027-01-02..2026-12-24\"]\n").contains("ends before"));
    assert!(refused("send = [\"slack\"]\n").contains("no channel \"slack\""));
    let bad = MARA.replace("mara@seller.example", "Mara <mara@seller.example>");
    let problems = Market::parse(&[("mine.toml".into(), bad)]).err().unwrap().to_string();
    assert!(problems.contains("no mail address"), "{problems}");
    let slack =
        "[[channel]]\nid = \"s\"\nkind = \"slack\"\nurl = \"https://hooks.example/secret\"\n";
    let problems = refused(slack);
    assert!(problems.contains("url_file") && !problems.contains("secret"), "{problems}");
    assert!(
        refused("[[channel]]\nid = \"w\"\nkind = \"webhook\"\nurl = \"https://a.example\"\n")
            .contains("secret_file")
    );
    assert!(
        refused("[[channel]]\nid = \"mail\"\nkind = \"slack\"\nurl_file = \"x\"\n")
            .contains("is there without")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sent_is_not_sent_into_somebodys_holiday() {
    let server = Hostile::open(Fault::AtRecipient("451 later"));
    let world = World::of(&format!("{MARA}quiet = [\"2026-11-21\"]\n"), mail(server.port));
    world.pass().await.unwrap();
    server.becomes(Fault::None);
    // Past midnight in Berlin, and due since long.
    assert!(world.pass_after(SignedDuration::from_hours(20)).await.is_empty());
    assert!(server.given().is_empty());
    let dead = world.pass_after(SignedDuration::from_hours(5)).await.remove(0);
    assert_eq!(dead.state, State::Dead);
}

/// Zones with odd offsets, and days that are 23, 24.5 or 25 hours long, or not there at all.
const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
    #[test]
    fn there_is_one_digest_for_each_of_a_readers_days_and_none_of_another(
        zone in 0_usize..6,
        hour in 0_i8..24,
        start in 1_300_000_000_i64..1_900_000_000,
        is_weekly in any::<bool>(),
        quiet in 0_i32..20,
    ) {
        let mut mara = reader(if is_weekly { "every = \"week\"\ndays = [\"wed\"]\n" } else { "days = [\"mon\", \"wed\", \"sun\"]\n" });
        mara.time_zone = TimeZone::get(ZONES[zone]).unwrap();
        mara.at = jiff::civil::time(hour, 30, 0, 0);
        let mut now = Timestamp::from_second(start).unwrap();
        let first = now.to_zoned(mara.time_zone.clone()).date();
        let off = first.saturating_add(quiet.days());
        mara.rhythm.quiet = vec![off..=off.saturating_add(1.day())];
        let mut told = std::collections::BTreeSet::new();
        // A service that looks every half an hour for five weeks.
        for _ in 0..(48 * 35) {
            if let Some(due) = digest::due(&mara, now) {
                prop_assert!(mara.rhythm.has(due), "{due}");
                prop_assert!(digest::window(&mara, due).until <= now);
                let today = now.to_zoned(mara.time_zone.clone()).date();
                prop_assert!(is_weekly || due >= today.saturating_sub(1.day()));
                told.insert(due);
            }
            let next = next_morning(std::slice::from_ref(&mara), now).unwrap();
            prop_assert!(next > now);
            now += SignedDuration::from_mins(30);
        }
        let last = now.to_zoned(mara.time_zone.clone()).date().saturating_sub(2.days());
        // A day that a zone leaves out has no morning of its own.
        for date in mara.rhythm.from(first.saturating_add(1.day())).take_while(|date| *date < last) {
            let window = digest::window(&mara, date);
            let is_left_out = window.until.to_zoned(mara.time_zone.clone()).date() != date;
            prop_assert!(told.contains(&date) || is_left_out, "{date} of {told:?}");
        }
    }
}

#[test]
fn what_may_have_been_sent_between_a_backup_and_its_restoring_is_left_to_a_person() {
    let perhaps = |reader: &Reader, backed_up: &str, now: &str| {
        let readers = std::slice::from_ref(reader);
        let perhaps = outbox::perhaps_sent(readers, Mail::Served, at(backed_up), at(now));
        assert!(perhaps.iter().all(|delivery| delivery.state == State::Uncertain));
        perhaps.iter().map(|delivery| delivery.id.to_string()).collect::<Vec<_>>()
    };
    // At seven in Berlin, in winter.
    let mara = reader("");
    let backed_up = "2026-11-20T02:00:00Z";
    assert_eq!(perhaps(&mara, backed_up, "2026-11-20T05:59:00Z"), [""; 0], "nothing was sent yet");
    assert_eq!(perhaps(&mara, backed_up, "2026-11-20T06:01:00Z"), ["2026-11-20/mara/mail"]);
    let since = "2026-11-20T06:30:00Z";
    assert_eq!(perhaps(&mara, since, "2026-11-20T08:00:00Z"), [""; 0], "the backup knows of it");
    // A weekly digest whose day was quiet came a day later.
    let weekly = reader("every = \"week\"\ndays = [\"mon\"]\nquiet = [\"2026-11-23\"]\n");
    let restored = "2026-11-24T09:00:00Z";
    assert_eq!(perhaps(&weekly, "2026-11-24T02:00:00Z", restored), ["2026-11-24/mara/mail"]);
    // Who gets files alone gets them again: they are the same files.
    assert!(outbox::perhaps_sent(&[mara], Mail::None, at(backed_up), at(restored)).is_empty());
}
