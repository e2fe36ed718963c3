//! `cargo xtask codegen`: JSON Schemas in, Rust models out; and a binary for each Lambda function.
//!
//! Each folder of schemas becomes one file of models. The schemas keep what validators need (patterns, formats,
//! lengths) and refer to each other by file; typify wants a single document and turns each constraint into a type of
//! its own. So the folder is bundled and the constraints are left out on the way in; [`models`] tidies what comes out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use miette::{Context, IntoDiagnostic, Result, bail, miette};
use serde_json::{Map, Value, json};
use typify_impl::{TypeSpace, TypeSpaceSettings};

use crate::{binaries, models, models::KEPT_AS, root::root};

/// The folders under `schemas/`, each of which becomes `schemas/src/generated/<folder>.rs`.
const FOLDERS: [&str; 4] = ["slack", "document", "devops", "notice"];

/// Keywords that a validator checks and that a plain Rust type does not express.
const CONSTRAINTS: [&str; 8] = [
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// The schema of what may stand in place of an object. It has no model: a field that allows it is an `Option` that is
/// read by `or_absent` in `schemas/src/absent.rs`.
const ABSENT: &str = "absent.json";

/// Marks, within the bundle, a field that allows [`ABSENT`].
pub(crate) const OR_ABSENT: &str = "x-or-absent";

/// The schemas of a folder, by file name.
type Schemas = BTreeMap<String, Value>;

#[derive(Args)]
pub(crate) struct Codegen {
    /// Write nothing; fail when a generated file is not what its schemas give
    #[arg(long)]
    check: bool,
}

impl Codegen {
    /// The chore that checks and writes nothing.
    pub(crate) fn checking() -> Self {
        Self { check: true }
    }

    pub(crate) fn run(&self) -> Result<()> {
        let root = root();
        let schemas = FOLDERS.map(|folder| Ok((folder, read_schemas(&root.join("schemas").join(folder))?)));
        let schemas: BTreeMap<&str, Schemas> = schemas.into_iter().collect::<Result<_>>()?;
        let mut models = BTreeMap::new();
        for folder in FOLDERS {
            models.insert(format!("schemas/src/generated/{folder}.rs"), generate(&schemas, folder)?);
        }
        let mut stale = self.settle(&root, &models)?;
        // Only now: the program that knows the functions is built with the models.
        let binaries = binaries::binaries()?.into_iter().collect();
        stale.extend(self.settle(&root, &binaries)?);
        stale.extend(left_over(&root, &binaries)?);
        if !stale.is_empty() {
            bail!(
                help = "run `cargo xtask codegen` and commit what it writes; delete a binary whose function is gone",
                "not what the schemas and the functions give: {}",
                stale.join(", ")
            );
        }
        Ok(())
    }

    /// Writes the files that are not as they should be, or names them.
    fn settle(&self, root: &Path, generated: &BTreeMap<String, String>) -> Result<Vec<String>> {
        let mut stale = Vec::new();
        for (name, source) in generated {
            if fs::read_to_string(root.join(name)).is_ok_and(|current| current == *source) {
                continue;
            }
            if self.check {
                stale.push(name.clone());
            } else {
                write(&root.join(name), source)?;
                eprintln!("wrote {name}");
            }
        }
        Ok(stale)
    }
}

/// Binaries that no function has any more.
fn left_over(root: &Path, generated: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let entries = fs::read_dir(root.join(binaries::FOLDER)).into_diagnostic()?;
    let names: Vec<String> = entries
        .map(|entry| entry.map(|entry| format!("{}/{}", binaries::FOLDER, entry.file_name().display())))
        .collect::<Result<_, _>>()
        .into_diagnostic()?;
    Ok(names.into_iter().filter(|name| !generated.contains_key(name)).collect())
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).into_diagnostic()?;
    }
    fs::write(path, text).into_diagnostic().wrap_err_with(|| format!("writing {}", path.display()))
}

/// The source of the models for one folder of schemas.
fn generate(schemas: &BTreeMap<&str, Schemas>, name: &str) -> Result<String> {
    let bundle = bundle(schemas, name)?;
    let mut settings = TypeSpaceSettings::default();
    settings.with_struct_builder(false).with_derive("PartialEq".to_owned());
    let mut types = TypeSpace::new(&settings);
    types
        .add_root_schema(serde_json::from_value(bundle.clone()).into_diagnostic()?)
        .into_diagnostic()
        .wrap_err_with(|| format!("typify refuses the schemas of {name}"))?;
    let source = models::source(types.to_stream(), &bundle["definitions"]).into_diagnostic()?;
    Ok(format!(
        "//! The models of the JSON Schemas in `schemas/{name}`.\n//!\n\
         //! Generated by `cargo xtask codegen`. Don't edit: change the schemas and run it again.\n\n{source}"
    ))
}

/// Every schema of a folder, by file name.
fn read_schemas(folder: &Path) -> Result<Schemas> {
    let context = || format!("reading the schemas of {}", folder.display());
    let entries = fs::read_dir(folder).into_diagnostic().wrap_err_with(context)?;
    let paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().into_diagnostic()?;
    let mut schemas = BTreeMap::new();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"))
    {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let text = fs::read_to_string(&path).into_diagnostic().wrap_err_with(context)?;
        let schema = serde_json::from_str(&text)
            .into_diagnostic()
            .wrap_err_with(|| format!("{} is not JSON", path.display()))?;
        schemas.insert(name.to_owned(), schema);
    }
    Ok(schemas)
}

/// One document whose definitions are the schemas of a folder, each under the name that its Rust type gets.
fn bundle(schemas: &BTreeMap<&str, Schemas>, name: &str) -> Result<Value> {
    let mut targets = BTreeMap::new();
    for (folder, schemas) in schemas {
        for (file, schema) in schemas {
            let title =
                schema["title"].as_str().ok_or_else(|| miette!("{file} has no title to name its type"))?;
            let (reference, target) = if *folder == name {
                (file.clone(), Target::Here(title.to_owned()))
            } else {
                let path = format!("crate::generated::{folder}::{title}");
                (format!("../{folder}/{file}"), Target::Elsewhere(path))
            };
            targets.insert(reference, target);
        }
    }
    let mut definitions = Map::new();
    for (file, schema) in schemas[name].iter().filter(|(file, _)| *file != ABSENT) {
        let mut schema = schema.clone();
        let title = schema["title"].as_str().unwrap_or_default().to_owned();
        if let Some(keywords) = schema.as_object_mut() {
            keywords.retain(|keyword, _| keyword != "$schema" && keyword != "$id");
        }
        simplify(&mut schema, &targets).wrap_err_with(|| format!("in {file}"))?;
        definitions.insert(title, schema);
    }
    Ok(json!({ "$schema": "http://json-schema.org/draft-07/schema#", "definitions": definitions }))
}

/// The Rust type that a `$ref` names.
enum Target {
    /// A definition of the bundle.
    Here(String),
    /// A model of another folder, by its path. A property refers to it, and nothing else can.
    Elsewhere(String),
}

/// Leaves of a schema what shapes a Rust type: constraints go, and `$ref`s point into the bundle.
fn simplify(schema: &mut Value, targets: &BTreeMap<String, Target>) -> Result<()> {
    let keywords = match schema {
        Value::Object(keywords) => keywords,
        Value::Array(schemas) => return schemas.iter_mut().try_for_each(|schema| simplify(schema, targets)),
        _ => return Ok(()),
    };
    keywords.retain(|keyword, _| !CONSTRAINTS.contains(&keyword.as_str()));
    if keywords.get("type").is_some_and(|kind| kind != "integer") {
        // A string stays a String, a date-time too; an integer's format chooses its Rust type.
        keywords.remove("format");
    } else if keywords.get("type").is_some() {
        keywords.remove("const");
    }
    if let Some(Value::Array(alternatives)) = keywords.get_mut("anyOf") {
        let all = alternatives.len();
        alternatives.retain(|alternative| alternative["$ref"] != ABSENT);
        if alternatives.len() < all {
            keywords.insert(OR_ABSENT.to_owned(), Value::Bool(true));
        }
    }
    if let Some(elsewhere) = elsewhere(keywords, targets) {
        // Any JSON, as far as typify is concerned.
        keywords.retain(|keyword, _| keyword == "description");
        keywords.insert(KEPT_AS.to_owned(), elsewhere.into());
        return Ok(());
    }
    if let Some(Value::String(reference)) = keywords.get_mut("$ref") {
        let Some(Target::Here(title)) = targets.get(reference) else {
            bail!("no schema is named {reference}, or it is of another folder and no property is all of it");
        };
        *reference = format!("#/definitions/{title}");
    }
    for (keyword, value) in keywords.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().try_for_each(|property| simplify(property, targets))?;
            }
            ("items" | "oneOf" | "allOf" | "anyOf", schemas) => simplify(schemas, targets)?,
            _ => {}
        }
    }
    Ok(())
}

/// The model of another folder that a property is.
fn elsewhere(property: &Map<String, Value>, targets: &BTreeMap<String, Target>) -> Option<String> {
    let reference = property.get("allOf")?.get(0)?.get("$ref")?.as_str()?;
    match targets.get(reference)? {
        Target::Elsewhere(path) => Some(path.clone()),
        Target::Here(_) => None,
    }
}
