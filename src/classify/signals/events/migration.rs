//! Migration: what is left, and what comes instead.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let both: &[Part] = &[Part::From, Part::To];
    rows(
        r"(?i)\b(?:RIP|retir|cancel|select|choos|adopt|runs on|gone|live on|halfway|abandon|return|instead|mov|migrat|switch|replac|ditch|port(?:ed|ing)|transition|leav|left|swap|drop|goodbye|hello|cut-?over|convert|went|going|jump|traded|away|off|consolidat|standardi[sz]|chose)|→|->|➡",
        &[
            (
                both,
                r"(?i:mov(?:e|es|ed|ing)|migrat(?:e|es|ed|ing|ion)|switch(?:es|ed|ing)?|went|going|gone|port(?:ed|ing)|transition(?:s|ed|ing)?|jump(?:ed|ing)?|convert(?:s|ed|ing)?|shift(?:ed|ing)?|chang(?:ed|ing|es?)|consolidat(?:ed|ing)|upgrad(?:ed|ing)|cut-?over)\b[^.;!?]{0,60}?\b(?:away )?from (?:{DET})?(?P<from>{THING}(?:,? (?:and|&) {NAME})?)[^.;!?,]{0,24}? (?:on ?)?(?:over )?to (?:{DET})?(?P<to>{THING})",
            ),
            (
                both,
                r"(?i:replac(?:e|es|ed|ing)|swap(?:s|ped|ping)?(?: out)?|ditch(?:es|ed|ing)?|dump(?:s|ed|ing)?|drop(?:s|ped|ping)?|leav(?:es|ing)|left|traded?|abandon(?:s|ed|ing)?|exchang(?:ed|ing)|scrapp(?:ed|ing)|scraps|retir(?:ed|ing)) (?:{DET})?(?P<from>{THING})(?: [{W}-]+){0,3}? (?:with|for|in favou?r of) (?:{DET})?(?P<to>{THING})",
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
            (both, r"\b(?i:from) (?:{DET})?(?P<from>{NAME}) (?:over )?to (?:{DET})?(?P<to>{NAME})"),
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
                r"(?i:mov(?:e|ed|ing)|migrat(?:e|ed|ing)|switch(?:ed|ing)?|transition(?:ed|ing)) (?:over )?to (?:{DET})?(?P<to>[a-z][{W}.+#-]*[{W}+#](?: [a-z][{W}+#-]+){0,2}?)(?:[,.;:!?)]|$| (?:last|this|in|on|for|with|after|and|or|because|since|when|while|over|by|from|but|is|was|will)\b)",
            ),
            (
                &[Part::To, Part::From],
                r"(?i:select(?:s|ed|ing)?|choos(?:es|ing)|chosen?|chose|pick(?:s|ed|ing)?|tap(?:s|ped)|adopt(?:s|ed|ing)?|roll(?:s|ed|ing) out|deploy(?:s|ed|ing)?|introduc(?:es|ed|ing)|bought|us(?:es|ing)|implement(?:s|ed|ing)?) {OF}(?P<to>{NAME})(?: [a-z]+){0,3}? (?i:to replace|replacing|in place of|instead of|to succeed|after|as a replacement for|as the replacement for) (?:{DET})?(?P<from>{NAME}|[a-z][{W}-]+(?: [a-z][{W}-]+){0,2}?)(?:[,.;:!?)]|$| (?:last|this|next|in|on|for|with|after|and|or|because|since|when|while|over|by|from|but|is|was|will|at|now|today|across|to|within|during|before|yet)\b)",
            ),
            (
                &[Part::From, Part::To],
                r"(?i:moved|moving|move|migrated|migrating|migrate|got|took|taking|pulled|pulling|lifted) [^.;!?]{0,40}?\b(?i:out of|off(?: of)?) (?:{DET})?(?P<from>{THING})(?:,| and) (?i:in ?to|on ?to|over to) (?:{DET})?(?P<to>{THING})",
            ),
            (
                &[Part::From, Part::To],
                r"\b(?P<from>{NAME}) (?i:is|was|will be|are) (?:(?i:now|finally|officially|being)\s){0,2}(?i:gone|history|out|dead|retired|switched off|replaced|no more)\b[^.;!?]{0,60}? (?i:runs on|run on|by|on|with|lives in|in favou?r of|uses|using|is in) (?:{DET})?(?P<to>{NAME})",
            ),
            (
                &[Part::To, Part::From],
                r"(?i:instead of|rather than) (?:{DET})?(?P<from>{NAME})[^.;!?]{0,40}?(?:we|now) (?:now )?(?i:use|run|have|on) (?:{DET})?(?P<to>{NAME})",
            ),
            (
                &[Part::To, Part::From],
                r"(?P<to>{NAME}) (?i:instead of|rather than|in place of|over) (?:{DET})?(?P<from>{NAME})",
            ),
            (
                &[Part::From],
                r"\b(?i:RIP|R\.I\.P\.|retir(?:es?|ing|ed)|farewell|cancel(?:s|l?ed|l?ing)?|decommission(?:s|ed|ing)?|switch(?:ed|ing)? off|turn(?:ed|ing)? off|shut(?:ting)? down|abandon(?:s|ed|ing)?|replac(?:es?|ed|ing)|to replace|drops?|leav(?:es|ing)|ditch(?:es|ed|ing)?) (?:{DET})?(?P<from>{THING})",
            ),
            (
                &[Part::From],
                r"\b(?P<from>{NAME}) (?i:is|was) (?:(?i:now|finally|officially)\s)?(?i:gone|history|dead to us|retired|no more)\b",
            ),
            (
                &[Part::To],
                r"(?i:go(?:es|ne|ing)? live (?:on|with)|went live (?:on|with)|(?:now|everything) (?:runs|lives|sits|works) (?:on|in)|now runs? on|halfway (?:to|into|onto)|roll(?:s|ed|ing)? out|adopt(?:s|ed|ing)?|opt(?:s|ed|ing) for|return(?:s|ed|ing)? to|(?:going|went|gone|moving|moved|go|goes) back to|settled on|landed on|ended up (?:on|with)|in favou?r of|hello,?) (?:{DET})?(?P<to>{THING})",
            ),
            (
                &[Part::To],
                r"(?i:select(?:s|ed)?|choos(?:es|ing)|chose|pick(?:s|ed)?) (?:{DET})?(?P<to>{NAME})",
            ),
            (
                &[Part::Who],
                r"(?P<who>{NAME}){TAIL} (?i:mov(?:es?|ed|ing)|migrat(?:es?|ed|ing)|switch(?:es|ed|ing)?|replac(?:es?|ed|ing)|ditch(?:es|ed|ing)?|swap(?:s|ped|ping)?|drop(?:s|ped|ping)?|leav(?:es?|ing)|left|abandon(?:s|ed|ing)?|dump(?:s|ed|ing)?|select(?:s|ed)|chooses|chose|picks|picked|gone live|went live|goes live|standardi[sz](?:es?|ed|ing)|transition(?:s|ed|ing)?|consolidat(?:es?|ed|ing)|retir(?:es?|ed|ing)|adopts?|rolls out|cuts over)\b",
            ),
            (&[Part::From], r"(?i:outgrew|outgrown|outgrowing|done with|fed up with|no longer (?:use|using|on)|stopp?(?:ed|ing) using|quit(?:ting)?|sunsett?(?:ed|ing)) (?:{DET})?(?P<from>{THING})"),
            (&[Part::From], r"(?P<from>{NAME}) (?i:is|was|has been|will be|gets) (?:(?i:now|finally|being)\s)?(?i:switched off|turned off|decommissioned|retired|shut down)"),
            (&[Part::To], r"(?i:exported|export|copied|took|brought) [^.;!?]{0,30}? (?:in)?to (?:{DET})?(?P<to>{NAME})"),
            (&[Part::To], r"(?i:been on|been using|been running|now on|now use|now using|trialling|trialing|evaluating|runs? [^.;!?]{1,30} on) (?:{DET})?(?P<to>{NAME})"),
            (&[Part::Who], r"^(?:(?i:breaking|update|exclusive|just in|news)[: ]+)?(?P<who>{NAME}){DOES}"),
        ],
    )
    .unless(r"(?i){NOT}(?:mov|migrat|switch|leav|replac|drop|ditch)|decided against|decided not to|\bstay(?:ing|ed|s)? (?:with|on|put)\b|temperature|\b(?:my|his|her|our) (?:aunt|uncle|mother|mum|mom|father|dad|parents|family|sister|brother|wife|husband|girlfriend|boyfriend|partner|kids|cat|dog)\b|\b(?:from|to) (?:Amsterdam|Athens|Atlanta|Austin|Bangalore|Barcelona|Beijing|Bengaluru|Berlin|Birmingham|Boston|Bristol|Brussels|Bucharest|Budapest|Chicago|Cologne|Copenhagen|Dallas|Delhi|Denver|Dubai|Dublin|Edinburgh|Frankfurt|Geneva|Glasgow|Hamburg|Helsinki|Houston|Istanbul|Krakow|Leeds|Lisbon|London|Los Angeles|Lyon|Madrid|Manchester|Melbourne|Miami|Milan|Montreal|Moscow|Mumbai|Munich|New York|Nairobi|Oslo|Paris|Philadelphia|Porto|Prague|Rome|San Francisco|Seattle|Seoul|Shanghai|Singapore|Stockholm|Sydney|Tokyo|Toronto|Vancouver|Vienna|Warsaw|Zurich|Germany|France|Spain|Italy|Portugal|Poland|England|Scotland|Ireland|India|China|Japan|Canada|Australia|America|Europe|Asia|Africa|California|Texas|Florida)\b")
});
