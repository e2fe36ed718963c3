//! From typify's tokens to source that people like to read.
//!
//! typify adds to the models what nobody here uses: the schema repeated in a comment, conversions, an error type. It
//! spells every standard type out in full and sorts fields by name. All of that is put right here, so that the checked-in
//! file, and the JSON that the models write, follow the schemas from top to bottom.

use proc_macro2::TokenStream;
use serde_json::Value;
use syn::{
    Attribute, Expr, ExprLit, Field, Fields, File, GenericArgument, Ident, Item, ItemImpl, Lit, Meta,
    PathArguments, Type, Variant, parse_quote,
};

use crate::codegen::OR_ABSENT;

/// Names, in a schema, the hand-written type that a field has in place of a generated one.
pub(crate) const KEPT_AS: &str = "x-kept-as";

/// What typify writes, and what every reader knows.
const SHORT_NAMES: [(&str, &str); 4] = [
    ("::std::option::Option", "Option"),
    ("::std::string::String", "String"),
    ("::std::vec::Vec", "Vec"),
    ("::std::boxed::Box", "Box"),
];

/// The traits of typify's conversions.
const CONVERSIONS: [&str; 3] = ["From", "FromStr", "TryFrom"];

/// The source of the models in `tokens`, which typify made of `definitions`.
pub(crate) fn source(tokens: TokenStream, definitions: &Value) -> syn::Result<String> {
    let mut file: File = syn::parse2(tokens)?;
    file.items.retain(is_model);
    for item in &mut file.items {
        match item {
            Item::Struct(item) => {
                tidy_docs(&mut item.attrs, None);
                tidy_fields(&mut item.fields, &definitions[item.ident.to_string()]);
            }
            Item::Enum(item) => {
                tidy_docs(&mut item.attrs, None);
                let definition = &definitions[item.ident.to_string()];
                for (index, variant) in item.variants.iter_mut().enumerate() {
                    tidy_docs(&mut variant.attrs, Some(&variant.ident));
                    document(variant, definition, index);
                    tidy_fields(&mut variant.fields, &definition["oneOf"][index]);
                }
            }
            _ => {}
        }
    }
    let mut source = prettyplease::unparse(&file).replace("\n}\n///", "\n}\n\n///");
    for (long, short) in SHORT_NAMES {
        source = source.replace(long, short);
    }
    Ok(source)
}

/// Whether an item is a model, and not typify's error type or a conversion: `From<&T> for T` is `clone` by another name,
/// and serde reads texts.
fn is_model(item: &Item) -> bool {
    match item {
        Item::Mod(module) => module.ident != "error",
        Item::Impl(ItemImpl { trait_: Some((_, path, _)), .. }) => {
            path.segments.last().is_none_or(|segment| !CONVERSIONS.contains(&&*segment.ident.to_string()))
        }
        _ => true,
    }
}

/// Gives a variant without fields, which typify leaves bare, the schema's words: its description, or the text that it
/// stands for.
fn document(variant: &mut Variant, definition: &Value, index: usize) {
    if variant.attrs.iter().any(|attribute| doc_text(attribute).is_some()) {
        return;
    }
    let described = definition["oneOf"][index]["description"].as_str().map(str::to_owned);
    let text = described.or_else(|| Some(format!("`{}`.", definition["enum"][index].as_str()?)));
    if let Some(text) = text.map(|text| format!(" {text}")) {
        variant.attrs.insert(0, parse_quote!(#[doc = #text]));
    }
}

/// Puts fields in the order of the schema's properties and tidies their comments.
fn tidy_fields(fields: &mut Fields, schema: &Value) {
    let Fields::Named(fields) = fields else { return };
    let properties = schema["properties"].as_object();
    let mut named: Vec<_> = std::mem::take(&mut fields.named).into_iter().collect();
    named.sort_by_key(|field| properties?.keys().position(|property| *property == property_name(field)));
    for field in &mut named {
        tidy_docs(&mut field.attrs, None);
        unbox(field);
        let property = properties.and_then(|properties| properties.get(&property_name(field)));
        let rust_type = property.and_then(|schema| schema[KEPT_AS].as_str());
        if let Some(rust_type) = rust_type.and_then(|path| syn::parse_str(path).ok()) {
            field.ty = rust_type;
        }
        if property.is_some_and(|schema| schema[OR_ABSENT] == true) {
            field.attrs.push(parse_quote!(#[serde(default, deserialize_with = "crate::absent::or_absent")]));
        }
    }
    fields.named = named.into_iter().collect();
}

/// A field's name in the schema: typify appends an underscore to a name that Rust reserves.
fn property_name(field: &Field) -> String {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    name.trim_end_matches('_').to_owned()
}

/// A model that contains itself comes as `Box<Option<Self>>`, allocated and written even when it is absent. Turned
/// inside out, it is as any other optional field.
fn unbox(field: &mut Field) {
    let Some(model) = argument(&field.ty, "Box").and_then(|boxed| argument(boxed, "Option")) else { return };
    field.ty = parse_quote!(::std::option::Option<::std::boxed::Box<#model>>);
    field.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
    field.attrs.push(parse_quote!(#[serde(skip_serializing_if = "::std::option::Option::is_none")]));
}

/// The `T` of a `wrapper<T>`.
fn argument<'kind>(kind: &'kind Type, wrapper: &str) -> Option<&'kind Type> {
    let Type::Path(path) = kind else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    }
}

/// Leaves of the comments what the schema's description says: neither the schema itself nor a variant's name.
fn tidy_docs(attributes: &mut Vec<Attribute>, variant: Option<&Ident>) {
    let text = attributes.iter().filter_map(doc_text).collect::<Vec<_>>().join("\n");
    let text = text.split("<details>").next().unwrap_or_default();
    let lines: Vec<String> = text
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty() || variant.is_some_and(|name| name == line))
        .map(|line| if line.is_empty() { String::new() } else { format!(" {line}") })
        .collect();
    attributes.retain(|attribute| doc_text(attribute).is_none());
    let docs = lines.iter().map(|line| -> Attribute { parse_quote!(#[doc = #line]) });
    attributes.splice(0..0, docs);
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
