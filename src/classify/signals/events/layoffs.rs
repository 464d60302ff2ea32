//! Layoffs: how many, or which share.

use std::sync::LazyLock;

use super::super::pieces::pattern;
use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = rows(
        r"(?i)\b(?:lets? go|letting go|risk|goodbye|farewell|notice|to go\b|part(?:ed|ing) ways|lay|laid|cut|job|redundan|restructur|shed|slash|dismiss|let go|elimin|axe|axing|fir(?:e|ed|ing)\b|workforce|severance|headcount|trim|reduc|downsiz|affect|impact|clos|los|gone|slim)",
        &[
            (
                &[Part::Count],
                r"(?P<count>{SHARE}|(?i:(?:about |almost |nearly )?a (?:third|quarter|fifth|tenth)|one in (?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)|two thirds|three quarters)) (?i:of|from|reduction|cut|workforce|staff|headcount|fewer|less|jobs?|employees)",
            ),
            (
                &[Part::Count],
                r"(?P<count>{NUM}) (?:(?i:or so|of|its|our|their|the|my|more|other|full-time|corporate|local|global|permanent|office|support|engineering|tech|warehouse|remote|sales|marketing|factory|contract|additional|US|UK|administrative|highly|skilled|in-store|store)\s){0,4}(?i:jobs?|positions?|roles?|people|employees|workers|staff|staffers|colleagues|posts|contractors|engineers|of us|team ?mates|redundancies|layoffs|friends|developers|teammates|dismissals|coworkers|co-workers)\b",
            ),
            (
                &[Part::Count],
                r"(?P<count>(?i:half)) (?i:of )?(?i:the|its|our|their|my) (?:[{W}]+ ){0,2}(?i:staff|team|workforce|company|employees|department|office|people)",
            ),
            (
                &[Part::Count],
                r"(?i:workforce|headcount|staff|team|jobs|payroll)(?: [{W}]+){0,3}? by (?:(?i:about|around|roughly|nearly|up to|as much as|almost|some)\s){0,2}(?P<count>{SHARE}|{NUM}|(?i:a (?:third|quarter|fifth)|half))",
            ),
            (
                &[Part::Count],
                r"(?i:lay(?:s|ing)? off|laid off|cut(?:s|ting)?|let(?:s|ting)? go(?: of)?|shed(?:s|ding)?|fir(?:es|ed|ing)|axe[sd]?|eliminat(?:es|ed|ing)|dismiss(?:es|ed)?|slash(?:es|ed)?)(?: about| around| up to| some| another| more than| over| nearly| as many as| at least| roughly)? (?P<count>{NUM}|{SHARE})(?: (?:in|at|across|this|today|last|from|of|on|after|by)\b|[.,;!]|$)",
            ),
            (
                &[Part::Count],
                r"(?i:goodbye to|farewell to|part(?:ed|ing)? ways with|letting go(?: of)?|lets? go(?: of)?|redundant|severance for|affects?|affecting|hits?|impacts?|impacting)(?: (?i:about|around|up to|some|another|more than|over|nearly|roughly))? (?P<count>{NUM}|{SHARE})\b",
            ),
            (
                &[Part::Count],
                r"(?P<count>{SHARE}|{NUM}|(?i:a (?:third|quarter|fifth|tenth)|half)) (?:[{W}]+ ){0,4}?(?i:to go|at risk|laid off|let go|redundant|dismissed|lose their jobs|losing their jobs|out of (?:work|a job)|impacted|affected)\b",
            ),
            (
                &[Part::Count],
                r"(?i:laid off|along with|me and) (?:[^.;!?]{0,20} )?(?P<count>{NUM}) (?:other|more|of (?:us|my|our)|colleagues|people)",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME})(?:['’]s)?(?: new owner| management| parent| boss)?{TAIL} (?i:lay(?:s|ing)? off|laid off|lay|cuts?|cutting|slash(?:es|ed|ing)?|shed(?:s|ding)?|axe[sd]?|axing|eliminat(?:es?|ed|ing)|lets? go|letting go|ma(?:de|kes?|king)|trim(?:s|med|ming)?|restructur(?:es?|ed|ing)|fil(?:es|ed|ing)|dismiss(?:es|ed|ing)?|fir(?:es?|ed|ing)|reduc(?:es?|ed|ing)|clos(?:es?|ed|ing)|shut(?:s|ting|ters|tered)?|layoffs|job cuts|(?:second|another|new|fresh|more|first|third) (?:round|wave))\b",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME})(?:['’]s?)? (?i:staff|staffers|employees|workers|layoffs|job cuts|redundancies|workforce)\b",
            ),
            (
                &[Part::Who],
                r"(?i:layoffs?|redundanc(?:y|ies)|cuts?|jobs?|roles?|positions?|posts?|colleagues|laid off|let go|staff|employees|workers|risk|people|team|department|job|freeze) (?:[{W}%-]+ ){0,3}?(?i:at|from|by) {OF}(?P<who>{NAME})",
            ),
            (&[Part::Who], r"^(?P<who>{NAME}): "),
            (
                &[Part::Who],
                r"^(?P<who>{NAME}), in case|(?i:worked at|working at|employer,?|company,?) (?P<who2>{NAME})",
            ),
            (&[Part::Count], r"(?P<count>{NUM}) (?:(?:office|head office|factory|tech|global|back-office) )?(?i:out|gone|fewer|less|jobs|roles|positions|layoffs|redundancies)\b"),
            (&[Part::Who], r"(?i:layoffs?|cuts?|redundancies|axe) (?i:hits?|strikes?|comes? to|at|reach(?:es)?|falls? (?:on|at)) {OF}(?P<who>{NAME})"),
            (&[Part::Who], r"(?i:out|gone|going) at {OF}(?P<who>{NAME})"),
            (&[Part::Who], r"^(?:(?i:breaking|update|exclusive|just in|news)[: ]+)?(?P<who>{NAME}){DOES}"),
        ],
    )
    .unless(r"(?i){NOT}(?:lay|cut|fire|dismiss|eliminat|shed|axe)|\bno (?:[{W}]+ )?(?:jobs?|layoffs?|redundancies|job cuts|positions|compulsory)\b|\b(?:lower|checklist|what to do|how to)\b|{PAST}");
    let bars = pattern(r"(?i)\b(?:by|in|of|since|from|grew|up) (?:20)$");
    for rule in &mut table.rules {
        rule.bars = Some(bars.clone());
    }
    table
});
