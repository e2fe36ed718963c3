//! An outline of the generated models, so that a change of a contract is a short diff.

use quote::ToTokens as _;
use syn::{Attribute, Field, Fields, Item, LitStr, Token};

use crate::snapshots;

#[test]
fn the_models_have_this_outline() {
    let settings = snapshots("models");
    settings.bind(|| {
        insta::assert_snapshot!("slack", outline(include_str!("../../src/generated/slack.rs")));
        insta::assert_snapshot!("document", outline(include_str!("../../src/generated/document.rs")));
        insta::assert_snapshot!("devops", outline(include_str!("../../src/generated/devops.rs")));
        insta::assert_snapshot!("notice", outline(include_str!("../../src/generated/notice.rs")));
    });
}

fn outline(source: &str) -> String {
    let mut lines = Vec::new();
    for item in syn::parse_file(source).expect("the generated file is Rust").items {
        match item {
            Item::Struct(item) => {
                lines.push(item.ident.to_string());
                lines.extend(fields("  ", &item.fields));
            }
            Item::Enum(item) => {
                lines.push(match serde(&item.attrs, "tag") {
                    Some(tag) => format!("{}, one of these by its `{tag}`", item.ident),
                    None => format!("{}, one of these texts", item.ident),
                });
                for variant in &item.variants {
                    let name = serde(&variant.attrs, "rename").unwrap_or_else(|| variant.ident.to_string());
                    lines.push(format!("  {name}"));
                    lines.extend(fields("    ", &variant.fields));
                }
            }
            // How a text is shown.
            Item::Impl(_) => continue,
            other => panic!("neither a struct nor an enum: {}", other.to_token_stream()),
        }
        lines.push(String::new());
    }
    lines.join("\n")
}

fn fields(indent: &str, fields: &Fields) -> Vec<String> {
    let line = |field: &Field| {
        // The one field of a variant is the union's `content`.
        let rust_name = field.ident.as_ref().map_or_else(|| "content".to_owned(), ToString::to_string);
        let name = serde(&field.attrs, "rename").unwrap_or(rust_name);
        let kind = field
            .ty
            .to_token_stream()
            .to_string()
            .replace(' ', "")
            .replace("::serde_json::", "")
            .replace("crate::raw_event::", "")
            .replace("crate::generated::", "");
        format!("{indent}{name}: {kind}")
    };
    fields.iter().map(line).collect()
}

/// The value of `#[serde(key = "value")]`.
fn serde(attributes: &[Attribute], key: &str) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        attribute
            .parse_nested_meta(|meta| {
                // `default` stands alone; all the others are pairs.
                if meta.input.peek(Token![=]) {
                    let value: LitStr = meta.value()?.parse()?;
                    if meta.path.is_ident(key) {
                        found = Some(value.value());
                    }
                }
                Ok(())
            })
            .expect("serde's attributes are names and pairs");
    }
    found
}
