//! Migration: what is left, and what comes instead.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let both: &[Part] = &[Part::From, Part::To];
    rows(
        r"(?i)\b(?:mov|migrat|switch|replac|ditch|port(?:ed|ing)|transition|leav|left|swap|drop|goodbye|hello|cut-?over|convert|went|going|jump|traded|away|off|consolidat|standardi[sz]|chose|→|->)",
        &[
            (
                both,
                r"(?i:mov(?:e|es|ed|ing)|migrat(?:e|es|ed|ing|ion)|switch(?:es|ed|ing)?|went|going|gone|port(?:ed|ing)|transition(?:s|ed|ing)?|jump(?:ed|ing)?|convert(?:s|ed|ing)?|shift(?:ed|ing)?|chang(?:ed|ing|es?)|consolidat(?:ed|ing)|upgrad(?:ed|ing)|cut-?over)\b[^.;!?]{0,60}?\b(?:away )?from (?:{DET})?(?P<from>{THING}(?:,? (?:and|&) {NAME})?)[^.;!?,]{0,24}? (?:on ?)?(?:over )?to (?:{DET})?(?P<to>{THING})",
            ),
            (
                both,
                r"(?i:replac(?:e|es|ed|ing)|swap(?:s|ped|ping)?(?: out)?|ditch(?:es|ed|ing)?|dump(?:s|ed|ing)?|drop(?:s|ped|ping)?|leav(?:es|ing)|left|traded?|abandon(?:s|ed|ing)?|exchang(?:ed|ing)|scrapp(?:ed|ing)|scraps|retir(?:ed|ing)) (?:{DET})?(?P<from>{THING})(?: [\w-]+){0,3}? (?:with|for|in favou?r of) (?:{DET})?(?P<to>{THING})",
            ),
            (
                both,
                r"(?i:mov(?:e|es|ed|ing)|get(?:ting)?|got|migrat(?:e|es|ed|ing)|jump(?:ed|ing)?|went|going|com(?:e|ing)) [^.;!?]{0,50}?\b(?i:off(?: of)?|out of) (?:{DET})?(?P<from>{THING})[^.;!?,]{0,24}? (?:and )?(?:on ?to|over to|to|into) (?:{DET})?(?P<to>{THING})",
            ),
            (
                both,
                r"(?i:goodbye|bye(?: bye)?|farewell|so long),? (?P<from>{NAME})[,.!;]* (?i:hello|hi|welcome),? (?P<to>{NAME})",
            ),
            (both, r"(?P<from>{NAME}) ?(?:→|->|=>|➡️?) ?(?P<to>{NAME})"),
            (
                both,
                r"(?i:chose|picked|prefer(?:s|red)?|went with|going with|opted for) (?:{DET})?(?P<to>{NAME}) (?i:over|instead of|rather than) (?:{DET})?(?P<from>{NAME})",
            ),
            (both, r"\bfrom (?:{DET})?(?P<from>{NAME}) (?:over )?to (?:{DET})?(?P<to>{NAME})"),
            (
                both,
                r"(?P<to>{NAME}) (?:will |to |has |is )?(?i:replac(?:es?|ed|ing)) (?:{DET})?(?P<from>{NAME})",
            ),
            (
                &[Part::From],
                r"(?i:mov(?:e|es|ed|ing)|migrat(?:e|es|ed|ing|ion)|switch(?:es|ed|ing)?|transition(?:ed|ing)?|get(?:ting)?|got|go|going|step(?:ping)?|walk(?:ed|ing)?|break(?:ing)?|wean(?:ing|ed)?)\b[^.;!?]{0,50}?\b(?i:away from|off of|off|from|out of) (?:{DET})?(?P<from>{THING})",
            ),
            (
                &[Part::From],
                r"(?i:replac(?:e|es|ed|ing)|ditch(?:es|ed|ing)?|leav(?:es|ing)(?: behind)?|left|dump(?:s|ed|ing)?|goodbye,?|retir(?:ed|ing)|scrapp(?:ed|ing)|cancell?(?:ed|ing)|dropp(?:ed|ing)|quit(?:ting)?|sunset(?:ting)?) (?:{DET})?(?P<from>{NAME})",
            ),
            (
                &[Part::To],
                r"(?i:mov(?:e|es|ed|ing)|migrat(?:e|es|ed|ing|ion)|switch(?:es|ed|ing)?|transition(?:s|ed|ing)?|port(?:ed|ing)|convert(?:ed|ing)|standardi[sz](?:ed|ing)|consolidat(?:ed|ing)|jump(?:ed|ing)?|went|going|cut(?:ting)? over|shift(?:ed|ing)?)\b[^.;!?]{0,60}?\b(?:on ?to|over to|to|on|into) (?:{DET})?(?P<to>{NAME})",
            ),
            (
                &[Part::To],
                r"(?i:mov(?:e|ed|ing)|migrat(?:e|ed|ing)|switch(?:ed|ing)?|transition(?:ed|ing)) (?:over )?to (?:{DET})?(?P<to>[a-z][\w.+#-]*[\w+#](?: [a-z][\w+#-]+){0,2}?)(?:[,.;:!?)]|$| (?:last|this|in|on|for|with|after|and|or|because|since|when|while|over|by|from|but|is|was|will)\b)",
            ),
        ],
    )
});
