//! The data of a distributed Map: what its items are, how they are batched, what is written of its results.

use ackflow_asl::{
    DataError,
    map_run::{
        BatchSettings, ChildExecution, ChildStatus, InventoryManifest, Item, ManifestType, ObjectLocation,
        ReaderSettings, Tolerance, WriterSettings, athena_objects, batch, listed_items, listed_objects,
        read_items,
    },
};
use serde_json::{Value, json};

const MAP_RUN: &str = "arn:aws:states:us-east-1:111111111111:mapRun:orders/Map:ad9b5f27";

fn read(config: Value, body: &str) -> Result<Vec<Value>, DataError> {
    let items = read_items(&ReaderSettings::new(config)?, body.as_bytes(), &"s3://bucket/key".into())?;
    Ok(items.into_iter().map(Item::into_input).collect())
}

fn object(bucket: &str, key: &str) -> ObjectLocation {
    ObjectLocation { bucket: bucket.to_owned(), key: key.to_owned() }
}

/// The cause of a failure to read items.
fn unread(config: Value, body: &str) -> String {
    let error = read(config, body).expect_err("the items can't be read");
    assert_eq!(error.error, "States.ItemReaderFailed");
    error.cause
}

fn first_row() -> Value {
    json!({ "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" })
}

fn given(headers: &[&str]) -> Value {
    json!({ "InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": headers })
}

#[test]
fn rows_of_csv_as_recorded() {
    let body = "Value1,Value2,Value3\n,,,\ntrue,1,'HelloWorld'\nNull,None,\n   \n";
    let expected = [
        json!({ "H1": "Value1", "H2": "Value2", "H3": "Value3" }),
        json!({ "H1": "", "H2": "", "H3": "" }),
        json!({ "H1": "true", "H2": "1", "H3": "'HelloWorld'" }),
        json!({ "H1": "Null", "H2": "None", "H3": "" }),
        json!({ "H1": "   ", "H2": "", "H3": "" }),
    ];
    assert_eq!(read(given(&["H1", "H2", "H3"]), body).unwrap(), expected);
    assert_eq!(read(first_row(), &format!("H1,H2,H3\n{body}")).unwrap(), expected);

    let cut = read(given(&["H1"]), body).unwrap();
    assert_eq!(cut[..2], [json!({ "H1": "Value1" }), json!({ "H1": "" })]);
    let nameless = read(first_row(), "H1,\nValue4,Value5,Value6\n").unwrap();
    assert_eq!(nameless, [json!({ "H1": "Value4", "": "Value5" })]);
}

#[test]
fn headers_of_csv_are_distinct() {
    let cause = "CSV headers cannot contain duplicates.";
    assert_eq!(unread(given(&["H1", "H1"]), "a,b\n"), cause);
    assert_eq!(unread(first_row(), "a,b,a\n1,2,3\n"), cause);
}

#[test]
fn fields_of_csv() {
    // The example of "How Step Functions parses input CSV files", and each of its rules.
    let row = "abc,123,\"a comma (,), a double quotation mark (\"\"), and a newline (\n)\",\
               {\"\"MyKey\"\":\"\"MyValue\"\"},\"[1,2,3]\"";
    let expected = json!({
        "MyLetters": "abc",
        "MyNumbers": "123",
        "MyString": "a comma (,), a double quotation mark (\"), and a newline (\n)",
        "MyObject": "{\"MyKey\":\"MyValue\"}",
        "MyArray": "[1,2,3]"
    });
    let headers = ["MyLetters", "MyNumbers", "MyString", "MyObject", "MyArray"];
    assert_eq!(read(given(&headers), row).unwrap(), [expected]);

    let cases = [
        (r"C:\\Program Files\\MyApp.exe,6534512", [r"C:\Program Files\MyApp.exe", "6534512"]),
        (r"a\,b,c\d", ["a,b", "cd"]),
        (r#"\"a\",b"#, [r#""a""#, "b"]),
        ("\"\",b", ["", "b"]),
        ("\"\",\"\"\"\"", ["", "\""]),
        ("\"\",\"\"\"a\"\"\"", ["", "\"a\""]),
        ("it's 5\" long,b", ["it's 5\" long", "b"]),
        ("\r\n\r\na,b\r\n", ["a", "b"]),
        ("\"a\r\nb\",c", ["a\r\nb", "c"]),
        ("\"never closed,b\n", ["never closed,b\n", ""]),
    ];
    for (row, [left, right]) in cases {
        let items = read(given(&["left", "right"]), row).unwrap();
        assert_eq!(items, [json!({ "left": left, "right": right })], "{row}");
    }
}

#[test]
fn delimiters_of_csv() {
    let cases = [("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"), ("SPACE", " "), ("TAB", "\t")];
    for (name, character) in cases {
        let mut config = given(&["a", "b"]);
        config["CSVDelimiter"] = json!(name);
        let items = read(config, &format!("1{character}2")).unwrap();
        assert_eq!(items, [json!({ "a": "1", "b": "2" })], "{name}");
    }
}

#[test]
fn items_of_json() {
    let json = |pointer: Value| json!({ "InputType": "JSON", "ItemsPointer": pointer });
    assert_eq!(read(json(Value::Null), r#"[1, ["two"]]"#).unwrap(), [json!(1), json!(["two"])]);
    let nested = r#"{ "a/b": { "items": [1, 2] } }"#;
    assert_eq!(read(json(json!("/a~1b/items")), nested).unwrap(), [json!(1), json!(2)]);

    let not_iterable = "Attempting to map over non-iterable node.";
    assert_eq!(unread(json(Value::Null), r#"{"Hello": "world"}"#), not_iterable);
    assert_eq!(unread(json(json!("/a~1b/items/0")), nested), not_iterable);
    let nothing = "The ItemsPointer '/absent' leads to nothing in the object.";
    assert_eq!(unread(json(json!("/absent")), nested), nothing);
    assert!(unread(json(Value::Null), "[1,").starts_with("The object is not JSON: "));
}

#[test]
fn fields_of_json() {
    let config = |most: usize| json!({ "InputType": "JSON", "ItemsPointer": "/prices", "MaxItems": most });
    let document = r#"{ "prices": { "pen": 2, "ink": { "blue": 5 } } }"#;
    let pen = json!({ "Key": "pen", "Value": 2 });
    let ink = json!({ "Key": "ink", "Value": { "blue": 5 } });
    assert_eq!(read(config(0), document).unwrap(), [pen.clone(), ink]);
    assert_eq!(read(config(1), document).unwrap(), [pen]);

    let (settings, source) = (ReaderSettings::new(config(0)).unwrap(), "s3://bucket/key".into());
    let items = read_items(&settings, document.as_bytes(), &source).unwrap();
    assert_eq!((items[0].key.as_deref(), &items[0].value), (Some("pen"), &json!(2)));
    assert_eq!(&*items[0].source, "s3://bucket/key");
}

#[test]
fn items_of_json_lines() {
    let config = json!({ "InputType": "JSONL" });
    let items = read(config.clone(), "{\"a\": 1}\r\n\n[2]\n3").unwrap();
    assert_eq!(items, [json!({ "a": 1 }), json!([2]), json!(3)]);
    assert!(unread(config, "1\n\noops").starts_with("Line 3 of the object is not JSON: "));
}

#[test]
fn at_most_so_many_items() {
    let cases = [
        (json!(null), 3),
        (json!(0), 3),
        (json!(2), 2),
        (json!(2.0), 2),
        (json!("2"), 2),
        (json!(100_000_001), 3),
    ];
    for (most, expected) in cases {
        for (input_type, body) in [("JSON", "[1, 2, 3]"), ("JSONL", "1\n2\n3\n"), ("CSV", "n\n1\n2\n3\n")] {
            let mut config = first_row();
            config["InputType"] = json!(input_type);
            config["MaxItems"] = most.clone();
            assert_eq!(read(config, body).unwrap().len(), expected, "{input_type}, {most}");
        }
    }
    let most = |most: Value| unread(json!({ "InputType": "JSON", "MaxItems": most }), "[]");
    assert_eq!(most(json!(-1)), "field MaxItems must be positive");
    assert_eq!(most(json!("many")), "field MaxItems must be an integer");
}

#[test]
fn what_cannot_be_read() {
    assert!(unread(json!({}), "[]").contains("InputType"));
    assert!(unread(json!({ "InputType": "XML" }), "[]").contains("XML"));
    assert!(unread(json!({ "InputType": "CSV" }), "a\n1\n").contains("CSVHeaderLocation"));
    assert!(unread(json!({ "InputType": "PARQUET" }), "").contains("Parquet"));
    let settings = ReaderSettings::new(json!({ "InputType": "JSONL" })).unwrap();
    assert!(read_items(&settings, b"\xff", &"".into()).unwrap_err().cause.contains("UTF-8"));
}

#[test]
fn an_inventory() {
    for config in [json!({ "InputType": "MANIFEST" }), json!({ "ManifestType": "S3_INVENTORY" })] {
        assert_eq!(ReaderSettings::new(config).unwrap().manifest(), Some(ManifestType::S3Inventory));
    }
    assert_eq!(ReaderSettings::new(first_row()).unwrap().manifest(), None);

    let mut document = json!({
        "sourceBucket": "source",
        "destinationBucket": "arn:aws:s3:::inventory",
        "version": "2016-11-30",
        "creationTimestamp": "1668560400000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, LastModifiedDate",
        "files": [{ "key": "data/20e55de8.csv.gz", "size": 7300, "MD5checksum": "a7ff4a1d" }]
    });
    let manifest = InventoryManifest::parse(document.to_string().as_bytes()).unwrap();
    assert_eq!(manifest.objects("elsewhere"), [object("inventory", "data/20e55de8.csv.gz")]);
    let file = b"\"source\",\"a/\",\"0\",\"2022-11-16T00:27:19.000Z\"\n\"source\",\"a/b\",\"7\",\"\"\n";
    let first = json!({
        "Bucket": "source", "Key": "a/", "Size": "0", "LastModifiedDate": "2022-11-16T00:27:19.000Z"
    });
    assert_eq!(manifest.items(file, 1).unwrap(), [first]);
    assert_eq!(manifest.items(file, 9).unwrap().len(), 2);

    document["fileFormat"] = json!("ORC");
    let error = InventoryManifest::parse(document.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.cause, "The inventory is ORC. Have Amazon S3 write it as CSV.");
}

#[test]
fn objects_of_a_list() {
    let contents = json!([
        {
            "ETag": "\"05704fbd\"",
            "Key": "images/1.jpg",
            "LastModified": "2022-11-17T15:44:41.000Z",
            "Size": 34910,
            "StorageClass": "STANDARD"
        },
        {
            "ETag": "\"d41d8cd9\"",
            "Key": "images/",
            "LastModified": 1_668_699_881,
            "Size": 0,
            "StorageClass": "GLACIER"
        }
    ]);
    let expected = [
        json!({
            "Etag": "\"05704fbd\"",
            "Key": "images/1.jpg",
            "LastModified": 1_668_699_881,
            "Size": 34910,
            "StorageClass": "STANDARD"
        }),
        json!({
            "Etag": "\"d41d8cd9\"",
            "Key": "images/",
            "LastModified": 1_668_699_881,
            "Size": 0,
            "StorageClass": "GLACIER"
        }),
    ];
    let list = |config: Value| listed_items(&contents, &ReaderSettings::new(config).unwrap());
    assert_eq!(list(json!({})).unwrap(), expected);
    assert_eq!(list(json!({ "MaxItems": 1 })).unwrap(), expected[..1]);
    assert_eq!(listed_items(&Value::Null, &ReaderSettings::default()).unwrap(), Vec::<Value>::new());
    // What the console makes for a folder holds no items.
    assert_eq!(listed_objects(&contents, "photos"), [object("photos", "images/1.jpg")]);
}

#[test]
fn objects_that_athena_names() {
    let config = json!({ "InputType": "JSONL", "ManifestType": "ATHENA_DATA" });
    assert_eq!(ReaderSettings::new(config).unwrap().manifest(), Some(ManifestType::AthenaData));
    let manifest = b"s3://results/unload/a.gz\n\"s3://results/unload/b.gz\"\n\n";
    let named = athena_objects(manifest).unwrap();
    assert_eq!(named, [object("results", "unload/a.gz"), object("results", "unload/b.gz")]);
    assert_eq!(named[0].to_string(), "s3://results/unload/a.gz");
    assert_eq!(object("results", "").to_string(), "s3://results");
    for wrong in ["results/a.gz", "s3://results", "s3://results/", "s3:///a.gz"] {
        let error = athena_objects(wrong.as_bytes()).unwrap_err();
        assert_eq!(error.error, "States.ItemReaderFailed");
        assert!(error.cause.contains(wrong), "{error}");
    }
}

#[test]
fn batches() {
    let items = || (1..=5).map(Value::from).collect::<Vec<_>>();
    let by_count = BatchSettings { max_items: json!(2), ..BatchSettings::default() };
    let expected = [json!({ "Items": [1, 2] }), json!({ "Items": [3, 4] }), json!({ "Items": [5] })];
    assert_eq!(batch(items(), &by_count).unwrap(), expected);
    assert_eq!(batch(Vec::new(), &by_count).unwrap(), Vec::<Value>::new());

    // {"BatchInput":{"a":1},"Items":[1,2,3]}
    let by_size =
        BatchSettings { max_bytes: json!(38), input: Some(json!({ "a": 1 })), ..BatchSettings::default() };
    let batches = batch(items(), &by_size).unwrap();
    let expected = [
        json!({ "BatchInput": { "a": 1 }, "Items": [1, 2, 3] }),
        json!({ "BatchInput": { "a": 1 }, "Items": [4, 5] }),
    ];
    assert_eq!(batches, expected);
    assert_eq!(batches[0].to_string().len(), 38);

    let too_small = BatchSettings { max_bytes: json!(1), ..BatchSettings::default() };
    assert_eq!(batch(items(), &too_small).unwrap().len(), 5);
    let large = vec![json!("x".repeat(100_000)); 5];
    assert_eq!(batch(large, &BatchSettings::default()).unwrap().len(), 3);
}

#[test]
fn the_size_of_a_batch_is_positive() {
    for value in [json!(0), json!(-1), json!(1.5), json!("many")] {
        let settings = BatchSettings { max_items: value, ..BatchSettings::default() };
        let error = batch(vec![json!(1)], &settings).unwrap_err();
        assert_eq!(error.error, "States.Runtime");
        assert!(error.cause.starts_with("MaxItemsPerBatch must be a positive integer"), "{error}");
    }
}

fn child(name: &str, status: ChildStatus, output: Option<Value>) -> ChildExecution {
    let has_failed = status == ChildStatus::Failed;
    let time = |time: &str| (status != ChildStatus::Pending).then(|| time.parse().expect("a timestamp"));
    ChildExecution {
        name: name.to_owned(),
        execution_arn: format!("arn:aws:states:us-east-1:111111111111:execution:orders/Map:{name}"),
        state_machine_arn: "arn:aws:states:us-east-1:111111111111:stateMachine:orders/Map".to_owned(),
        status,
        input: json!({ "id": name }),
        output,
        error: has_failed.then(|| "OutOfStock".to_owned()),
        cause: has_failed.then(|| "none left".to_owned()),
        start: time("2025-02-04T01:49:50.099Z"),
        stop: time("2025-02-04T01:49:50.2Z"),
    }
}

fn children() -> Vec<ChildExecution> {
    vec![
        child("a", ChildStatus::Succeeded, Some(json!([1, 2]))),
        child("b", ChildStatus::Failed, None),
        child("c", ChildStatus::Succeeded, Some(json!("3"))),
        child("d", ChildStatus::Pending, None),
    ]
}

fn writer(transformation: &str, output_type: &str) -> WriterSettings {
    WriterSettings::new(json!({ "Transformation": transformation, "OutputType": output_type }))
        .expect("a WriterConfig")
}

#[test]
fn exported_results() {
    let export = WriterSettings::default().export("results", "jobs", MAP_RUN, &children());
    let expected = json!({
        "MapRunArn": MAP_RUN,
        "ResultWriterDetails": { "Bucket": "results", "Key": "jobs/ad9b5f27/manifest.json" }
    });
    assert_eq!(export.result, expected);

    let keys: Vec<_> = export.objects.iter().map(|object| object.key.as_str()).collect();
    let files = ["FAILED_0.json", "PENDING_0.json", "SUCCEEDED_0.json", "manifest.json"];
    assert_eq!(keys, files.map(|file| format!("jobs/ad9b5f27/{file}")));
    let read = |at: usize| serde_json::from_str::<Value>(&export.objects[at].body).unwrap();
    let failed = json!([{
        "Cause": "none left",
        "Error": "OutOfStock",
        "ExecutionArn": "arn:aws:states:us-east-1:111111111111:execution:orders/Map:b",
        "Input": r#"{"id":"b"}"#,
        "InputDetails": { "Included": true },
        "Name": "b",
        "OutputDetails": { "Included": true },
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE_BY_MAP_RUN",
        "StartDate": "2025-02-04T01:49:50.099Z",
        "StateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:orders/Map",
        "Status": "FAILED",
        "StopDate": "2025-02-04T01:49:50.200Z"
    }]);
    assert_eq!(read(0), failed);
    assert_eq!(read(1)[0]["Status"], "PENDING");
    assert_eq!(read(2).as_array().map(Vec::len), Some(2));
    assert_eq!(read(2)[0]["Output"], "[1,2]");
    assert_eq!(read(2)[0]["RedriveStatusReason"], "Execution is SUCCEEDED and cannot be redriven");
    let file = |at: usize| json!([{ "Key": keys[at], "Size": export.objects[at].body.len() }]);
    let manifest = json!({
        "DestinationBucket": "results",
        "MapRunArn": MAP_RUN,
        "ResultFiles": { "FAILED": file(0), "PENDING": file(1), "SUCCEEDED": file(2) }
    });
    assert_eq!(read(3), manifest);
}

#[test]
fn an_export_without_prefix_or_results() {
    let export = WriterSettings::default().export("results", "", MAP_RUN, &[]);
    assert_eq!(export.objects.len(), 1);
    assert_eq!(export.objects[0].key, "ad9b5f27/manifest.json");
    assert!(export.objects[0].body.ends_with(r#"{"FAILED":[],"PENDING":[],"SUCCEEDED":[]}}"#));
}

#[test]
fn transformed_results() {
    let succeeded = [children()[0].clone(), children()[2].clone()];
    assert_eq!(WriterSettings::default().result(&succeeded), json!([[1, 2], "3"]));
    assert_eq!(writer("COMPACT", "JSON").result(&succeeded), json!([[1, 2], "3"]));
    assert_eq!(writer("FLATTEN", "JSON").result(&succeeded), json!([1, 2, "3"]));
    assert_eq!(writer("FLATTEN", "JSONL").result(&succeeded), json!("1\n2\n\"3\""));
    assert_eq!(writer("NONE", "JSON").result(&succeeded)[1]["Output"], "\"3\"");
    // One that failed is kept whole.
    assert_eq!(writer("FLATTEN", "JSON").result(&children())[2]["Error"], "OutOfStock");

    let export = writer("COMPACT", "JSONL").export("results", "jobs/", MAP_RUN, &succeeded);
    assert_eq!(export.objects[0].key, "jobs/ad9b5f27/SUCCEEDED_0.json");
    assert_eq!(export.objects[0].body, "[1,2]\n\"3\"");
}

#[test]
fn a_writer_config_that_cannot_be_used() {
    let error = WriterSettings::new(json!({ "Transformation": "SQUASH" })).unwrap_err();
    assert_eq!(error.error, "States.ResultWriterFailed");
    assert!(error.cause.contains("SQUASH"), "{error}");
}

#[test]
fn tolerated_failures() {
    let none = Tolerance::default();
    let count = Tolerance { count: Some(1), percentage: None };
    let percentage = Tolerance { count: None, percentage: Some(50.0) };
    let both = Tolerance { count: Some(1), percentage: Some(10.0) };
    let all = Tolerance { count: None, percentage: Some(100.0) };
    let cases = [
        (none, 0, 0, false),
        (none, 0, 3, false),
        (none, 1, 3, true),
        (count, 1, 3, false),
        (count, 2, 3, true),
        (percentage, 2, 4, false),
        (percentage, 3, 4, true),
        (percentage, 0, 0, false),
        (both, 1, 10, false),
        (both, 1, 9, true),
        (both, 2, 100, true),
        (all, 3, 3, false),
    ];
    for (tolerance, failed, items, expected) in cases {
        assert_eq!(tolerance.is_exceeded(failed, items), expected, "{tolerance:?}: {failed} of {items}");
    }
    let expected =
        "States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded";
    assert_eq!(Tolerance::error().to_string(), expected);
}

#[test]
fn tolerances_that_a_path_leads_to() {
    let count = |value: Value| Tolerance::read_count(&value, "$.Count").map_err(|error| error.cause);
    assert_eq!(count(json!(0)), Ok(0));
    assert_eq!(count(json!("1")), Ok(1));
    assert_eq!(count(json!(-1)), Err("ToleratedFailureCount cannot be negative.".to_owned()));
    let invalid = |text: &str| {
        let field = "The ToleratedFailureCountPath field";
        format!("{field} refers to value \"{text}\" which is not a valid integer: $.Count")
    };
    assert_eq!(count(json!("NoNumber")), Err(invalid("NoNumber")));
    assert_eq!(count(json!({})), Err(invalid("{}")));

    let percentage = |value: Value| Tolerance::read_percentage(&value, "$.Rate").map_err(|error| error.cause);
    assert_eq!(percentage(json!(1.1)), Ok(1.1));
    assert_eq!(percentage(json!("100")), Ok(100.0));
    for outside in [json!(-1), json!(-1.1), json!(100.1), json!("NaN")] {
        let cause = "ToleratedFailurePercentage must be between 0 and 100.".to_owned();
        assert_eq!(percentage(outside), Err(cause));
    }
    let invalid =
        "The ToleratedFailurePercentagePath field refers to value \"{}\" which is not a valid float: $.Rate";
    assert_eq!(percentage(json!({})), Err(invalid.to_owned()));
}
