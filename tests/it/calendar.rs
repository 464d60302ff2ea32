//! Whose meetings are on a day.

#![expect(clippy::unwrap_used, reason = "what fails here fails its test")]

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use overheard::calendar::{BYTES, Day, Meeting, doubts, is_calendar, meetings, read, whole_days};
use overheard::config::Market;

const FRIDAY: Date = date(2026, 11, 20);

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.trim().replace('\n', "\r\n"))
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//ours//EN\r\n{events}END:VCALENDAR\r\n")
}

fn on(day: Date, zone: &str, text: &str) -> Vec<Meeting> {
    let zone = TimeZone::get(zone).unwrap();
    meetings(text, &Day { date: day, zone: &zone, email: Some("mara@we.example") })
}

/// "07:00Z name".
#[track_caller]
fn check(text: &str, day: Date, zone: &str, expected: &[&str]) {
    let shown: Vec<String> = on(day, zone, text)
        .iter()
        .map(|m| {
            let at = if m.all_day {
                "all day".to_owned()
            } else {
                m.from.strftime("%H:%MZ").to_string()
            };
            format!("{at} {}", m.summary)
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_meeting_is_read_by_its_own_zone_in_utc_and_by_the_readers_clock_where_it_has_none() {
    let text = calendar(
        &[
            event("UID:1\nSUMMARY:zoned\nDTSTART;TZID=America/New_York:20261120T090000\nDURATION:PT1H"),
            event("UID:2\nSUMMARY:utc\nDTSTART:20261120T090000Z\nDTEND:20261120T100000Z"),
            event("UID:3\nSUMMARY:floating\nDTSTART:20261120T090000\nDTEND:20261120T100000"),
            event("UID:4\nSUMMARY:yesterday\nDTSTART:20261119T090000Z\nDTEND:20261119T100000Z"),
            event("UID:5\nSUMMARY:late here\nDTSTART:20261120T230500Z\nDTEND:20261120T233000Z"),
        ]
        .concat(),
    );
    check(&text, FRIDAY, "Europe/Berlin", &["08:00Z floating", "09:00Z utc", "14:00Z zoned"]);
    check(&text, date(2026, 11, 21), "Europe/Berlin", &["23:05Z late here"]);
}

#[test]
fn what_was_written_wrong_is_named() {
    let text = calendar(
        &(event("SUMMARY:Good\nDTSTART:20261120T090000Z")
            + &event("SUMMARY:Whole day\nDTSTART;VALUE=DATE:20261120")
            + &event("SUMMARY:By name\nDTSTART;TZID=W. Europe Standard Time:20261120T090000")
            + &event("SUMMARY:No such month\nDTSTART:20261320T090000Z")
            + &event("SUMMARY:In words\nDTSTART:tomorrow at nine")
            + &event("SUMMARY:Never")
            + &event("SUMMARY:Nowhere\nDTSTART;TZID=Europe/Atlantis:20261120T090000")),
    );
    assert_eq!(
        doubts(&text),
        [
            "\"No such month\" has no DTSTART that can be read, and is left out",
            "\"In words\" has no DTSTART that can be read, and is left out",
            "\"Never\" has no DTSTART that can be read, and is left out",
            "\"Nowhere\" is in a time zone that nobody knows, \"Europe/Atlantis\": it is told by its reader's clock",
        ]
    );
}

#[test]
fn an_all_day_event_is_on_each_of_its_days_and_on_no_other() {
    let text = calendar(&event(
        "UID:1\nSUMMARY:fair\nDTSTART;VALUE=DATE:20261119\nDTEND;VALUE=DATE:20261121",
    ));
    for zone in ["Pacific/Auckland", "Europe/Berlin", "America/Los_Angeles"] {
        check(&text, date(2026, 11, 18), zone, &[]);
        check(&text, date(2026, 11, 19), zone, &["all day fair"]);
        check(&text, FRIDAY, zone, &["all day fair"]);
        check(&text, date(2026, 11, 21), zone, &[]);
    }
}

#[test]
fn a_series_recurs_by_the_clock_on_both_sides_of_summer_time() {
    let weekly = event(
        "UID:1\nSUMMARY:weekly\nDTSTART;TZID=Europe/Berlin:20260102T100000\nDURATION:PT1H\n\
         RRULE:FREQ=WEEKLY;BYDAY=FR",
    );
    let text = calendar(&weekly);
    check(&text, FRIDAY, "Europe/Berlin", &["09:00Z weekly"]);
    check(&text, date(2026, 7, 17), "Europe/Berlin", &["08:00Z weekly"]);
    check(&text, date(2026, 7, 16), "Europe/Berlin", &[]);
}

#[test]
fn a_series_in_utc_recurs_by_utc_wherever_its_owner_is() {
    let series = "UID:1\nSUMMARY:series\nDTSTART:20261109T140000Z\nDURATION:PT1H\n";
    let out = "EXDATE:20261123T140000Z\n";
    for (zone, day) in [
        ("Europe/Berlin", 16),
        ("America/New_York", 16),
        ("Pacific/Kiritimati", 17),
        ("Pacific/Honolulu", 16),
    ] {
        let weekly = calendar(&event(&format!("{series}{out}RRULE:FREQ=WEEKLY")));
        let first = date(2026, 11, day);
        check(&weekly, first, zone, &["14:00Z series"]);
        check(&weekly, first + 7.days(), zone, &[]);
        check(&weekly, first + 14.days(), zone, &["14:00Z series"]);
    }
    let late = calendar(&event(
        "UID:1\nSUMMARY:late\nDTSTART:20261109T050000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO",
    ));
    check(&late, date(2026, 11, 22), "Pacific/Honolulu", &["05:00Z late"]);
    check(&late, date(2026, 11, 23), "Pacific/Honolulu", &[]);
    // One occurrence was moved, by a clock of its own.
    let moved = event(
        "UID:1\nSUMMARY:moved\nDTSTART;TZID=Europe/Berlin:20261117T170000\nDURATION:PT1H\nRECURRENCE-ID:20261116T140000Z",
    );
    let text = calendar(&[event(&format!("{series}RRULE:FREQ=WEEKLY")), moved].concat());
    check(&text, date(2026, 11, 16), "America/New_York", &[]);
    check(&text, date(2026, 11, 17), "America/New_York", &["16:00Z moved"]);
}

#[test]
fn what_was_excluded_moved_called_off_or_has_ended_is_not_on() {
    let series = "UID:1\nSUMMARY:series\nSEQUENCE:0\nDTSTART:20261106T090000Z\nDURATION:PT1H\n";
    let rule = "RRULE:FREQ=WEEKLY\n";
    let moved = "UID:1\nSUMMARY:moved\nSEQUENCE:3\nRECURRENCE-ID:20261120T090000Z\n\
                 DTSTART:20261120T133000Z\nDURATION:PT1H";
    let of = |events: &[String]| calendar(&events.concat());
    let plain = event(&format!("{series}{rule}"));
    check(&of(std::slice::from_ref(&plain)), FRIDAY, "UTC", &["09:00Z series"]);
    check(&of(&[plain.clone(), event(moved)]), FRIDAY, "UTC", &["13:30Z moved"]);
    let off = format!("{moved}\nSTATUS:CANCELLED");
    check(&of(&[plain, event(&off)]), FRIDAY, "UTC", &[]);
    let excluded = event(&format!("{series}{rule}EXDATE:20261120T090000Z"));
    check(&of(&[excluded]), FRIDAY, "UTC", &[]);
    let ended = event(&format!("{series}RRULE:FREQ=WEEKLY;UNTIL=20261115T000000Z"));
    check(&of(&[ended]), FRIDAY, "UTC", &[]);
    let counted = event(&format!("{series}RRULE:FREQ=WEEKLY;COUNT=2"));
    check(&of(&[counted]), FRIDAY, "UTC", &[]);
    let alone = "UID:2\nSUMMARY:off\nSTATUS:CANCELLED\nDTSTART:20261120T090000Z\nDURATION:PT1H";
    check(&of(&[event(alone)]), FRIDAY, "UTC", &[]);
}

#[test]
fn guests_are_read_with_their_domains_without_the_reader_and_the_room() {
    let text = calendar(&event(
        "UID:1\nSUMMARY:Review\nDTSTART:20261120T090000Z\nDURATION:PT1H\n\
         ORGANIZER;CN=Jo Berg:MAILTO:jo@EU.Acme.example\n\
         ATTENDEE;CN=\"Mara\";PARTSTAT=ACCEPTED:mailto:mara@we.example\n\
         ATTENDEE;CN=Blue room;CUTYPE=ROOM:mailto:blue@acme.example\n\
         ATTENDEE;CN=ann@acme.example:mailto:ann@acme.example",
    ));
    let [meeting] = on(FRIDAY, "UTC", &text).try_into().unwrap();
    let guests: Vec<_> =
        meeting.guests.iter().map(|g| (g.name.as_deref(), g.domain.as_str())).collect();
    assert_eq!(guests, [(Some("Jo Berg"), "eu.acme.example"), (None, "acme.example")]);
}

#[test]
fn invitations_by_the_hundred_do_not_push_out_what_the_reader_agreed_to() {
    let mut events = String::new();
    for n in 0..600 {
        events += &event(&format!(
            "UID:0{n}\nSUMMARY:Spam\nDTSTART:20200103T030000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\n\
             ORGANIZER:mailto:eve@else.example\nATTENDEE:mailto:mara@we.example"
        ));
    }
    for (id, who) in [
        ("z1", "ORGANIZER:mailto:Mara@we.example"),
        (
            "z2",
            "ORGANIZER:mailto:jo@acme.example\nATTENDEE;PARTSTAT=ACCEPTED:mailto:mara@we.example",
        ),
        ("z3", "LOCATION:Here"),
    ] {
        events += &event(&format!(
            "UID:{id}\nSUMMARY:{id}\nDTSTART:20200103T010000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\n{who}"
        ));
    }
    let found = on(FRIDAY, "UTC", &calendar(&events));
    let names: Vec<&str> = found.iter().map(|meeting| meeting.summary.as_str()).collect();
    assert_eq!(names, ["z1", "z2", "z3", "Spam"]);
    let day = Day { date: FRIDAY, zone: &TimeZone::UTC, email: None };
    assert!(read(&calendar(&events), &day).1, "that some are left out is told");
}

#[test]
fn a_meeting_the_reader_declined_is_none_of_theirs() {
    let text = calendar(&event(
        "UID:1\nSUMMARY:Review\nDTSTART:20261120T090000Z\nDURATION:PT1H\n\
         ATTENDEE;PARTSTAT=DECLINED:mailto:MARA@we.example",
    ));
    check(&text, FRIDAY, "UTC", &[]);
}

#[test]
fn one_hostile_series_does_not_hide_the_meetings_after_it() {
    let mut events = String::new();
    for n in 0..1_000 {
        write!(
            events,
            "{}",
            event(&format!(
                "UID:{n}\nSUMMARY:bomb\nDTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY;BYSECOND=1,2,3"
            ))
        )
        .unwrap();
    }
    for rule in [
        "FREQ=MINUTELY",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=DAILY;COUNT=4000000000",
    ] {
        let bomb = format!("UID:{rule}\nSUMMARY:bomb\nDTSTART:20010101T000000Z\nRRULE:{rule}");
        events.push_str(&event(&bomb));
    }
    events.push_str(&event("UID:z\nSUMMARY:real\nDTSTART:20261120T090000Z\nDURATION:PT1H"));
    events.push_str(&event(
        "UID:zz\nSUMMARY:real weekly\nDTSTART:20261113T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY",
    ));
    let found = on(FRIDAY, "UTC", &calendar(&events));
    let names: Vec<&str> = found.iter().map(|m| m.summary.as_str()).collect();
    assert!(names.contains(&"real") && names.contains(&"real weekly"), "{names:?}");
    assert!(found.len() <= 50);
}

#[test]
fn what_is_no_calendar_or_is_cut_or_far_too_long_is_no_trouble() {
    let whole = calendar(&event("UID:1\nSUMMARY:a\nDTSTART:20261120T090000Z\nDURATION:PT1H"));
    for end in 0..whole.len() {
        let _ = on(FRIDAY, "UTC", &whole[..end]);
    }
    for text in
        ["", "<html>Sign in</html>", "BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n", "\u{0}\u{ffff}"]
    {
        assert_eq!(on(FRIDAY, "UTC", text), []);
        assert!(!is_calendar(text));
    }
    assert!(is_calendar(&format!("\u{feff}{whole}")));
    let nested = "BEGIN:VCALENDAR\r\n".repeat(20_000);
    let _ = on(FRIDAY, "UTC", &nested);
    let summary = "\u{1f600}".repeat(BYTES / 4);
    let long = calendar(&event(&format!("UID:1\nSUMMARY:{summary}\nDTSTART:20261120T090000Z")));
    assert!(long.len() > BYTES);
    assert!(on(FRIDAY, "UTC", &long).len() <= 1);
    let many: String = (0..500)
        .map(|n| event(&format!("UID:{n}\nSUMMARY:{n}\nDTSTART:20261120T0900{:02}Z", n % 60)))
        .collect();
    assert_eq!(on(FRIDAY, "UTC", &calendar(&many)).len(), 50);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_guest_writes_is_no_trouble(lines in "(RRULE|DTSTART|EXDATE|ATTENDEE|SUMMARY|RECURRENCE-ID|UID)[:;=A-Z0-9,/]{0,40}\n(DTSTART:2026112[0-9]T[0-9]{6}Z?\n)?(RRULE:FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(BYDAY|BYMONTHDAY|BYSETPOS|INTERVAL|BYWEEKNO|BYYEARDAY)=-?[0-9]{1,4})*\n)?") {
        let found = on(FRIDAY, "UTC", &calendar(&event(&lines)));
        proptest::prop_assert!(found.len() <= 50);
    }
}

#[test]
fn many_meetings_and_birthdays_that_recur_for_ever_hide_none() {
    let mut events = String::new();
    for n in 0..150 {
        events += &event(&format!(
            "UID:a{n}\nSUMMARY:Birthday {n}\nDTSTART;VALUE=DATE:19510203\nRRULE:FREQ=YEARLY"
        ));
        events += &event(&format!(
            "UID:b{n}\nSUMMARY:Standup {n}\nDTSTART:20200107T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=TU,TH"
        ));
    }
    events +=
        &event("UID:zz\nSUMMARY:Saltmarsh weekly\nDTSTART:20200103T100000Z\nRRULE:FREQ=WEEKLY");
    events += &event("UID:zy\nSUMMARY:Daily\nDTSTART:20000103T110000Z\nRRULE:FREQ=DAILY");
    events += &event(
        "UID:zx\nSUMMARY:Third Friday\nDTSTART:20150116T120000Z\nRRULE:FREQ=MONTHLY;BYDAY=3FR",
    );
    events += &event(
        "UID:zw\nSUMMARY:Twice a day\nDTSTART:20250103T130000Z\nRRULE:FREQ=DAILY;BYHOUR=13,15",
    );
    events +=
        &event("UID:zv\nSUMMARY:Each 20 November\nDTSTART:20101120T140000Z\nRRULE:FREQ=YEARLY");
    let text = calendar(&events);
    check(
        &text,
        FRIDAY,
        "UTC",
        &[
            "10:00Z Saltmarsh weekly",
            "11:00Z Daily",
            "12:00Z Third Friday",
            "13:00Z Twice a day",
            "14:00Z Each 20 November",
            "15:00Z Twice a day",
        ],
    );
    let day = Day { date: FRIDAY, zone: &TimeZone::UTC, email: None };
    assert!(!read(&text, &day).1, "all of them were looked at");
    // More than can be counted out is said.
    let mut events = String::new();
    for n in 0..60 {
        events += &event(&format!(
            "UID:d{n}\nSUMMARY:Daily {n}\nDTSTART:20000103T110000Z\nRRULE:FREQ=DAILY"
        ));
    }
    assert!(read(&calendar(&events), &day).1);
}

fn holidays() -> String {
    calendar(
        &[
            event("UID:1\nSUMMARY:Christmas\nDTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201227\nRRULE:FREQ=YEARLY"),
            event("UID:2\nSUMMARY:Labour Day\nDTSTART;VALUE=DATE:20270501"),
            event("UID:3\nSUMMARY:Strike\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20270503"),
            event("UID:4\nSUMMARY:A talk\nDTSTART:20270504T090000Z\nDTEND:20270504T100000Z"),
            event("UID:5\nSUMMARY:Boxing Day\nDTSTART;VALUE=DATE:20261226"),
            event("UID:6\nSUMMARY:Storm\nDTSTART;VALUE=DATE:20270505\nRRULE:FREQ=SECONDLY"),
        ]
        .concat(),
    )
}

#[test]
fn holidays_are_whole_days_each_year_and_neither_meetings_nor_what_was_called_off() {
    let days = whole_days(&holidays());
    let is_one = |day: Date| days.iter().any(|days| days.contains(&day));
    for year in [2020, 2026, 2027, 2040] {
        assert!(is_one(date(year, 12, 25)) && is_one(date(year, 12, 26)), "{year}");
        assert!(!is_one(date(year, 12, 24)) && !is_one(date(year, 12, 27)), "{year}");
    }
    assert!(is_one(date(2027, 5, 1)) && !is_one(date(2027, 5, 2)) && !is_one(date(2028, 5, 1)));
    assert!(!is_one(date(2027, 5, 3)) && !is_one(date(2027, 5, 4)) && !is_one(date(2027, 5, 5)));
    assert!(whole_days("").is_empty() && whole_days("BEGIN:VCALENDAR").is_empty());
}

#[test]
fn a_reader_gets_no_digest_on_the_holidays_of_the_files_they_name() {
    let reader = r#"
[[reader]]
id = "ada"
name = "Ada"
holidays = ["holidays-germany.ics"]
quiet = ["2026-11-20"]
"#;
    let parse = |reader: &str, holidays: &str| {
        Market::parse(&[
            (PathBuf::from("market.toml"), reader.to_owned()),
            (PathBuf::from("sources/holidays-germany.ics"), holidays.to_owned()),
        ])
    };
    let market = parse(reader, &holidays()).unwrap_or_else(|problems| panic!("{problems}"));
    let rhythm = &market.readers[0].rhythm;
    for (day, has) in [
        (date(2026, 12, 24), true),
        (date(2026, 12, 25), false),
        (date(2027, 5, 1), false),
        (FRIDAY, false),
    ] {
        assert_eq!(rhythm.has(day), has, "{day}");
    }
    let wrong = |reader: &str, holidays: &str| match parse(reader, holidays) {
        Ok(_) => panic!("nothing is wrong with {reader} and {holidays}"),
        Err(problems) => problems.to_string(),
    };
    let told = wrong(&reader.replace("-germany", "-germny"), &holidays());
    assert!(told.contains("market.toml:5") && told.contains("holidays-germany.ics"), "{told}");
    assert!(wrong(reader, "25 December").contains("save it as iCalendar"));
    let talk = calendar(&event("UID:4\nSUMMARY:A talk\nDTSTART:20270504T090000Z"));
    assert!(wrong(reader, &talk).contains("has no whole day"));
}
