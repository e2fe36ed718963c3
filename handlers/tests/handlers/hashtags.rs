//! Which hashtags a comment has.

use ackflow_handlers::hashtags;
use proptest::prelude::*;

/// A comment and its tags.
type Case = (&'static str, &'static [&'static str]);

/// Comments and their tags, by what they show.
const CASES: &[(&str, &[Case])] = &[
    (
        "plain",
        &[
            ("", &[]),
            ("no tags here", &[]),
            ("#finance", &["finance"]),
            ("Q3 report #finance #2026-q3", &["finance", "2026-q3"]),
            ("#one\n#two\t#three", &["one", "two", "three"]),
            ("#snake_case #kebab-case", &["snake_case", "kebab-case"]),
            ("#2026 #7", &["2026", "7"]),
        ],
    ),
    (
        "order, case and doubles",
        &[
            ("#b #a #c", &["b", "a", "c"]),
            ("#a #b #a", &["a", "b"]),
            ("#Finance #FINANCE #finance", &["finance"]),
            ("#ÄRGER #ärger", &["ärger"]),
            ("#ΣΊΣΥΦΟΣ #σίσυφος", &["σίσυφος"]),
        ],
    ),
    (
        "what stands around a tag",
        &[
            ("(#a) [#b] {#c} \"#d\" '#e' “#f” ‚#g‘", &["a", "b", "c", "d", "e", "f", "g"]),
            ("#a. #b, #c; #d: #e! #f? #g… #h", &["a", "b", "c", "d", "e", "f", "g", "h"]),
            ("#a,#b;#c|#d+#e=#f", &["a", "b", "c", "d", "e", "f"]),
            ("*#bold* ~#struck~", &["bold", "struck"]),
            ("_#italic_ and _see #finance_ too", &["italic", "finance"]),
            ("_see #q3_report_ #_private_", &["q3_report", "_private_"]),
            ("_#a_ _#b_", &["a", "b"]),
            ("&gt; #quoted", &["quoted"]),
            ("see—#dash", &["dash"]),
        ],
    ),
    (
        "no tags",
        &[
            ("C#minor F#", &[]),
            ("a#b 1#2 é#c", &[]),
            ("##x ###y", &[]),
            ("# x", &[]),
            ("#", &[]),
            ("#- #_ #-_- #!", &[]),
            ("x_#y", &[]),
            ("page/#section", &[]),
            ("#first#second", &["first"]),
        ],
    ),
    (
        "code",
        &[
            ("`#code` #real", &["real"]),
            ("`a #b` c #d `#e`", &["d"]),
            ("```#block\n#more``` #real", &["real"]),
            ("```\nfn main() {}\n#[derive]\n```", &[]),
            ("#a `x` #b ```y``` #c", &["a", "b", "c"]),
            ("a lone ` before #tag", &["tag"]),
            ("` over a line #a\n` #b", &["a", "b"]),
            ("``` never closed #tag", &["tag"]),
            ("``#twice``", &[]),
        ],
    ),
    (
        "links and mentions",
        &[
            ("<#C0123|general> #real", &["real"]),
            ("<#C0123> #real", &["real"]),
            ("<@U0123> <!channel> <!subteam^S01|@team> #real", &["real"]),
            ("<https://example.com/#fragment> #real", &["real"]),
            ("<https://example.com/#frag|label #notag> #real", &["real"]),
            ("<mailto:a@example.com|a #notag>", &[]),
            ("https://example.com/#fragment #real", &["real"]),
            ("see ftp://example.com/a#b", &[]),
            ("<https://example.com|x>#after", &["after"]),
        ],
    ),
    (
        "entities",
        &[
            ("R&amp;D #q&amp;a", &["q"]),
            ("#a&amp;#b", &["a"]),
            ("&lt;#notachannel&gt;", &["notachannel"]),
            ("&lt;b&gt;#a&lt;/b&gt;", &["a"]),
            ("&amp;#35; &amp;#x23;", &[]),
        ],
    ),
    (
        "every script",
        &[
            ("#تقرير #مالية_2026", &["تقرير", "مالية_2026"]),
            ("#हिन्दी #रिपोर्ट", &["हिन्दी", "रिपोर्ट"]),
            ("#報告書 #보고서 #отчёт", &["報告書", "보고서", "отчёт"]),
            ("#١٢٣ #½", &["١٢٣", "½"]),
            ("#caf\u{e9} #cafe\u{301} #CAFE\u{301}", &["caf\u{e9}"]),
            // Only the small letter has a form of its own with this mark.
            ("#H\u{331}a #\u{1e96}a", &["\u{1e96}a"]),
        ],
    ),
    (
        "emoji end a tag and stand before one",
        &[
            ("#launch🚀 🎉#party", &["launch", "party"]),
            ("❤\u{fe0f}#heart #love❤\u{fe0f}", &["heart", "love"]),
            (":tada:#shortcode :tada: #more", &["shortcode", "more"]),
            ("👩\u{200d}💻#dev 👍🏽#ok", &["dev", "ok"]),
            // A keycap is an emoji that begins with the very sign.
            ("#\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3}x", &[]),
            ("#\u{301}x", &[]),
        ],
    ),
];

#[test]
fn a_comment_has_these_hashtags() {
    let mut wrong = Vec::new();
    for (what, cases) in CASES {
        for (text, expected) in *cases {
            let found = hashtags(text);
            if found != *expected {
                wrong.push(format!("{what}: {text:?}\n    has    {found:?}\n    wanted {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Text with all that hashtags, markup and code are made of.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[#`<>|&;_*~/ \n-]{1,4}",
        "[a-zA-Z0-9]{1,4}",
        Just("```".to_owned()),
        Just("&amp;".to_owned()),
        Just("https://x.y/".to_owned()),
        "\\PC{1,3}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Words that hold no markup.
fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("#?[\\pL\\pN][\\pL\\pN_-]{0,5}", 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn tags_are_lower_case_unique_and_made_of_what_tags_are_made_of(text in text()) {
        let tags = hashtags(&text);
        for (index, tag) in tags.iter().enumerate() {
            prop_assert_eq!(&tag.to_lowercase(), tag);
            prop_assert!(!tags[..index].contains(tag), "{} comes twice", tag);
            prop_assert!(tag.chars().any(char::is_alphanumeric), "{} holds no letter and no digit", tag);
            prop_assert!(!tag.contains(['#', '`', '<', '>', ' ', '\n', '&', '/']), "{}", tag);
        }
    }

    #[test]
    fn a_tag_is_found_again_in_what_it_was_written_as(text in text()) {
        let tags = hashtags(&text);
        let written: Vec<String> = tags.iter().map(|tag| format!("#{tag}")).collect();
        prop_assert_eq!(hashtags(&written.join(" ")), tags);
    }

    #[test]
    fn code_between_words_changes_no_tag(words in words(), code in "[^`\n]{1,12}", place: prop::sample::Index) {
        let place = place.index(words.len() + 1);
        for code in [format!("`{code}`"), format!("```{code}\n{code}```")] {
            let mut with_code = words.clone();
            with_code.insert(place, code);
            prop_assert_eq!(hashtags(&with_code.join(" ")), hashtags(&words.join(" ")));
        }
    }

    #[test]
    fn a_code_span_has_no_tags(code in "[^`\n]{1,20}") {
        prop_assert_eq!(hashtags(&format!("`{code}`")), [""; 0]);
    }
}
