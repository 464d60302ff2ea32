//! The reports, from a store.

use jiff::civil::date;
use overheard::delivery::{Delivery, DeliveryId};
use overheard::feedback::{Tap, Way};
use overheard::pipeline::HearBack;
use overheard::pipeline::reporting::Reporting;
use overheard::store::Store;
use overheard::views::report::Report;

use super::World;

fn tap_all(world: &World, tap: Tap) {
    let hear_back = HearBack { store: &*world.store, at: World::now(), way: Way::Page };
    for named in world.digest.pointed() {
        let feedback = hear_back.feedback(&world.digest, named, tap).unwrap();
        world.store.hear_back(&feedback).unwrap();
    }
}

#[test]
fn a_week_says_what_was_used_by_whom_and_who_is_not_reached() {
    let world = World::new();
    let reporting = Reporting { market: &world.market, store: &*world.store };
    let before = reporting.week(date(2026, 11, 16)).unwrap();
    assert_eq!((before.digests, before.points, before.used.len()), (1, 2, 0));
    assert_eq!(before.unused.len(), 2);
    tap_all(&world, Tap::Agreed);
    let week = reporting.week(date(2026, 11, 16)).unwrap();
    assert_eq!(week.used.len(), 2);
    assert!(week.used.iter().all(|point| point.by == ["Ada Lovelace"] && point.agreed == 1));
    assert_eq!(week.unused, []);
    let [ben] = week.not_reached.as_slice() else { panic!("{:?}", week.not_reached) };
    assert_eq!((ben.reader.as_str(), ben.why.as_str()), ("Ben", "got no digest this week"));
    assert!(week.topics.iter().any(|of| of.topic == "pricing" && of.weight > 1.0));
    // Another week has none of it.
    assert_eq!(reporting.week(date(2026, 11, 9)).unwrap().digests, 0);

    let report = Report::of_week(&week);
    let (text, page) = (report.text(), report.html().unwrap());
    for words in ["Ada Lovelace", "They rise.", "got no digest this week"] {
        assert!(text.contains(words) && page.contains(words), "{words}\n{text}");
    }
    for forbidden in ["<script", "<img", "http://", "@import"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn whoever_a_digest_did_not_arrive_at_is_not_reached_and_the_report_says_why() {
    let world = World::new();
    let id = DeliveryId {
        date: world.digest.date,
        reader: world.digest.reader.clone(),
        channel: "mail".to_owned(),
    };
    let waiting = Delivery::new(id, World::now(), World::now());
    world.store.dispatch(std::slice::from_ref(&waiting)).unwrap();
    let reporting = Reporting { market: &world.market, store: &*world.store };
    let not_reached = || reporting.week(date(2026, 11, 16)).unwrap().not_reached;
    assert!(!not_reached().iter().any(|of| of.reader == "Ada Lovelace"), "it is on its way");
    let sending = waiting.sending("<1@overheard>", World::now());
    let dead = sending.refused("550 no such user".to_owned(), World::now());
    assert!(world.store.advance(&waiting, &sending).unwrap());
    assert!(world.store.advance(&sending, &dead).unwrap());
    let ada = not_reached().into_iter().find(|of| of.reader == "Ada Lovelace").unwrap();
    assert!(
        ada.why.contains("1 digest did not arrive by mail (550 no such user)")
            && ada.why.contains("overheard deliveries --dead"),
        "{}",
        ada.why
    );
}

#[test]
fn a_wrong_company_is_listed_with_the_command_that_says_why() {
    let world = World::new();
    tap_all(&world, Tap::WrongCompany);
    let reporting = Reporting { market: &world.market, store: &*world.store };
    let week = reporting.week(date(2026, 11, 16)).unwrap();
    let [wrong] = week.wrong.as_slice() else { panic!("{:?}", week.wrong) };
    assert_eq!(wrong.readers, 1);
    let text = Report::of_week(&week).text();
    assert!(text.contains(&format!("overheard why {}", &wrong.post.to_string()[..8])), "{text}");
}

#[test]
fn a_month_thanks_by_name_and_counts_nobody_alone() {
    let world = World::new();
    tap_all(&world, Tap::Used);
    tap_all(&world, Tap::HeardToo);
    let reporting = Reporting { market: &world.market, store: &*world.store };
    let month = reporting.month(date(2026, 11, 1)).unwrap();
    assert_eq!((month.topics.len(), month.uses), (0, 0));
    assert!(month.contributors.is_empty() && month.are_few, "one is too few to be named");
    let text = Report::of_month(&month).text();
    assert!(text.contains("nobody is singled out") && !text.contains("Ada Lovelace"), "{text}");
    assert_eq!(reporting.month(date(2026, 10, 1)).unwrap().contributors, Vec::<String>::new());
}
