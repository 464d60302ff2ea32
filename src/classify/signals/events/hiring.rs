//! Hiring: how many, and for which job.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    rows(
        r"(?i)\b(?:wanted|opportunit|[|]|hir|recruit|looking for|open(?:ing)?s?\b|role|position|job|join|vacanc|seek|add|grow|team|staff|want|need|search|post(?:ed|ing)|doubl|fill|come work|apply)",
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
                r"(?i:hiring|hire|hires|recruiting|recruit|looking for|looking to (?:add|hire|bring on)|looking to fill|openings? for|looks for|seeking|seeks|searching for|need|needs|want|wanted:?|wants|open(?:ing)?s? for|open role:?|open position:?|role:|position:|vacancy for|vacancies for|vacancy:|roles? (?:as|for)|positions? (?:as|for)|add|adding|join us as|join our team as|apply now:?|on the hunt for|after|come be our|apply:?|job:)[: ]+(?:(?i:an?|our|the|first|next|another|several|more|new|some|two|three|four|five|six|seven|eight|nine|ten|a couple of|couple|of|[0-9]+|experienced|talented|passionate|motivated|great|skilled|additional|as|few|good|remote|brilliant|dozens|hundreds|for|very|full-time|part-time|ten|up|to)\s){0,5}(?P<role>(?:[{L}+#/.&-]+ ){0,4}?{JOB}\b)(?: \([^()]{1,20}\))?(?:(?:,| and|, and| or| &) (?:(?i:an?|one|two|three|some)\s)?(?P<role2>(?:[{L}+#/.-]+ ){0,3}?{JOB}\b))?",
            ),
            (
                &[Part::Role],
                r"(?:{NUM}) (?:(?i:more|new|additional|open|extra|full-time|remote|job openings for)\s){0,2}(?P<role>(?:[{L}+#/.-]+ ){0,3}?(?i:engineers|developers|analysts|SREs|scientists|designers|architects|technologists|consultants|salespeople|managers|nurses|drivers|technicians|electricians|programmers|recruiters|researchers|specialists|underwriters)\b)",
            ),
            (&[Part::Role], r"^(?:[^|]{2,60}\| ?)(?P<role>(?:[{L}+#/.,&-]+ ){0,5}?{JOB}\b)"),
            (
                &[Part::Role],
                r"(?P<role>(?:[{U}][{L}+#/.&-]* ){0,4}{JOB}) (?i:wanted|needed|required|sought|vacancy|position|role|opening)\b",
            ),
            (
                &[Part::Role],
                r"{NUM} (?:(?i:new|more|additional|experienced|qualified)\s){0,2}(?P<role>(?:[a-z]+ ){0,2}?{JOB}\b)",
            ),
            (&[Part::Who], r"^(?P<who>{NAME})(?: \([^()|]{1,40}\))? ?\|"),
            (
                &[Part::Who],
                r"(?P<who>{NAME})(?:['’]s)?{TAIL} (?i:hir(?:es?|ing)|recruit(?:s|ing)?|looking (?:for|to)|seek(?:s|ing)|needs?|creat(?:es?|ing)|add(?:s|ing)?|grow(?:s|ing)?|doubl(?:es?|ing)|tripl(?:es?|ing)|open(?:s|ing)|expand(?:s|ing)?|staff(?:s|ing) up|ramp(?:s|ing) up|posted|fill(?:s|ing)?|employ|take on)\b",
            ),
            (
                &[Part::Who],
                r"(?i:team at|here at|us at|role at|roles at|position at|job at|jobs at|openings at|manager at|engineer at|join|joining|working at|work at|work for|careers at|, at|\bat) {OF}(?:(?i:us at|team at|me at)\s)?(?P<who>{NAME})",
            ),
            (&[Part::Who], r"{JOB},? (?:(?:at|for|with) )?(?P<who>{NAME})(?:,|$|!|\.)"),
            (&[Part::Role], r"(?i:job alert|new job|job|role|vacancy|position|now hiring|hiring|open roles?|at {NAME}): (?P<role>(?:[{L}+#/.&-]+ ){0,4}?{JOB}\b)(?:(?:,| and|, and) (?P<role2>(?:[{L}+#/.&-]+ ){0,4}?{JOB}\b))?"),
            (&[Part::Role], r"(?i:know (?:of )?an?|recommend an?) (?:(?i:good|great|senior|junior)\s){0,2}(?P<role>(?:[{L}+#/.&-]+ ){0,3}?{JOB}\b)"),
            (&[Part::Count], r"(?i:recruit(?:s|ing)?|hir(?:es|ing)|seek(?:s|ing)?|add(?:s|ing)) (?:(?i:about|around|up to|another|over|some|more than|nearly)\s)?(?P<count>{NUM})\b"),
            (&[Part::Who], r"{JOB},? ?[–—|-] ?(?P<who>{NAME})"),
            (&[Part::Who], r"^(?:(?i:breaking|update|exclusive|just in|news)[: ]+)?(?P<who>{NAME}){DOES}"),
        ],
    )
    .unless(r"(?i){NOT}(?:hir|recruit|accept|fill)|\bcut(?:s|ting)? (?:up to |about |some |around )?[0-9][0-9,.]* (?:[{W}]+ )?(?:jobs?|roles?|positions?|posts)\b|hiring freeze|\bhiring is\b|\bfor hire\b|\bhire (?:me|an? (?:bike|car|van|venue))|open ?to ?(?:new|work|opportunit|roles)|(?:looking|searching) for (?:an? |my |some |new )*(?:work|jobs?|opportunit[{W}]*|(?:next|new) (?:role|job|challenge|position|gig))|seeking (?:advice|work|employment|an? new (?:role|position|job))|\bI(?:['’]m| am) (?:[{W}]+ )?(?:looking|searching|seeking) (?:for )?(?:[{W}-]+ ){0,6}(?:roles?|jobs?|positions?|work|opportunit[{W}]*)\b|how we (?:interview|hire)|{PAST}")
});
