//! Hiring: how many, and for which job.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:hir|recruit|looking for|open(?:ing)?s?\b|role|position|job|join|vacanc|seek|add|grow|team|staff|want|need|search|post(?:ed|ing)|doubl|fill|come work|apply)",
        &[
            (
                &[Part::Count],
                r"(?P<count>{NUM}) (?:(?i:more|new|additional|open|extra|further|full-time|permanent|skilled|local|of|our|or|so|remote|engineering|security|technical|tech|IT|data|sales|support|software|platform|cloud|senior|junior|seasonal|AI|machine|learning|product|backend|frontend|job|graduate|site|reliability)\s){0,4}(?i:engineers?|developers?|roles?|positions?|people|jobs?|staff|employees|hires|openings|vacancies|technologists|SREs?|analysts?|scientists?|designers?|architects?|graduates|specialists|workers|apprentices|consultants|seats|drivers|nurses|managers|colleagues|salespeople|reps|experts|programmers|postings)\b",
            ),
            (
                &[Part::Count],
                r"(?i:hire|hiring|recruit|recruiting|add|adding|headcount by|staff by|team by|grow by|employ|take on)(?: about| around| up to| some| another| more than| over| nearly| as many as| at least| an additional)? (?P<count>{NUM})\b",
            ),
            (
                &[Part::Role],
                r"(?i:hiring|hire|hires|recruiting|recruit|looking for|looks for|seeking|seeks|searching for|need|needs|want|wanted:?|wants|open(?:ing)?s? for|open role:?|open position:?|role:|position:|vacancy for|vacancies for|vacancy:|roles? (?:as|for)|positions? (?:as|for)|add|adding|join us as|on the hunt for|after|come be our|apply:?|job:)[: ]+(?:(?i:an?|our|the|first|next|another|several|more|new|some|two|three|four|five|six|seven|eight|nine|ten|a couple of|couple|of|\d+|experienced|talented|great|skilled|additional|as|few|good|remote|brilliant|dozens|hundreds|for|very|full-time|part-time|ten|up|to)\s){0,5}(?P<role>(?:[{L}+#/.-]+ ){0,4}?(?i:engineers?|developers?|managers?|analysts?|SREs?|scientists?|designers?|architects?|leads?|salespeople|nurses?|drivers?|researchers?|technicians?|administrators?|admins?|consultants?|specialists?|writers?|executives?|officers?|directors?|representatives?|reps?|electricians?|technologists|counsel|accountants?|programmers?|DBAs?|recruiters?|marketers?|heads? of [a-z]+|apprentices?|welders?|operators?|underwriters?)\b)",
            ),
            (
                &[Part::Role],
                r"(?:{NUM}) (?:(?i:more|new|additional|open|extra|full-time|remote|job openings for)\s){0,2}(?P<role>(?:[{L}+#/.-]+ ){0,3}?(?i:engineers|developers|analysts|SREs|scientists|designers|architects|technologists|consultants|salespeople|managers|nurses|drivers|technicians|electricians|programmers|recruiters|researchers|specialists|underwriters)\b)",
            ),
        ],
    )
});
