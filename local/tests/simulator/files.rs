//! Files: in events, in `files.info`, and on the file host.

use std::fs::File;

use ackflow::simulator::{FileSource, NewFile, Workspace};
use bytes::Bytes;
use serde_json::json;

use super::bench::Bench;

fn text(name: &str, content: &'static str) -> NewFile {
    NewFile::new(name, FileSource::Bytes(Bytes::from_static(content.as_bytes())))
}

#[tokio::test]
async fn an_event_tells_all_about_a_file() {
    let bench = Bench::new().await;
    let file = bench.simulator.add_file(text("Q3 report.pdf", "%PDF-1.7")).unwrap();
    let message =
        bench.simulator.post(&bench.channel, "U0ANNA", "Q3 #finance", std::slice::from_ref(&file)).unwrap();
    let event = bench.simulator.event(&message);

    assert_eq!(event["type"], "event_callback");
    assert_ne!(event["event_id"], bench.simulator.event(&message)["event_id"]);
    let inner = &event["event"];
    assert_eq!((&inner["type"], &inner["subtype"]), (&json!("message"), &json!("file_share")));
    assert_eq!((&inner["channel"], &inner["ts"]), (&json!(bench.channel), &json!(message.ts)));
    let shown = &inner["files"][0];
    for (field, value) in [
        ("id", json!(file)),
        ("name", json!("Q3 report.pdf")),
        ("mimetype", json!("application/pdf")),
        ("filetype", json!("pdf")),
        ("size", json!(8)),
        ("mode", json!("hosted")),
        ("user", json!("U0ANNA")),
        ("file_access", json!("visible")),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let download = bench.download(shown["url_private_download"].as_str().unwrap()).await;
    assert_eq!(download.headers()["content-type"], "application/pdf");
    assert_eq!(download.text().await.unwrap(), "%PDF-1.7");
}

#[tokio::test]
async fn who_has_no_right_gets_a_login_page_with_status_200() {
    let bench = Bench::new().await;
    let file = bench.simulator.add_file(text("notes.txt", "secret")).unwrap();
    let url = bench.file_url(&file).await;
    let without = bench.client.get(&url).send().await.unwrap();
    let wrong = bench.client.get(&url).bearer_auth("xoxb-other").send().await.unwrap();
    let unscoped = Bench::with(Workspace { scopes: vec!["chat:write".into()], ..Workspace::default() }).await;
    let file = unscoped.simulator.add_file(text("notes.txt", "secret")).unwrap();
    let message = unscoped.simulator.post(&unscoped.channel, "U0ANNA", "", &[file]).unwrap();
    let event = unscoped.simulator.event(&message);
    let unscoped = unscoped.download(event["event"]["files"][0]["url_private"].as_str().unwrap()).await;

    for answer in [without, wrong, unscoped] {
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
        let page = answer.text().await.unwrap();
        assert!(page.contains("Sign in") && !page.contains("secret"), "{page}");
    }
}

#[tokio::test]
async fn a_deleted_file_is_gone_everywhere() {
    let bench = Bench::new().await;
    let file = bench.simulator.add_file(text("notes.txt", "gone")).unwrap();
    let url = bench.file_url(&file).await;
    let message = bench.simulator.post(&bench.channel, "U0ANNA", "", std::slice::from_ref(&file)).unwrap();
    assert_eq!(bench.download(&url).await.status(), 200);
    bench.simulator.delete_file(&file).unwrap();

    assert_eq!(bench.download(&url).await.status(), 404);
    assert_eq!(bench.call("files.info", &[("file", &file)]).await["error"], "file_deleted");
    let event = bench.simulator.event(&message);
    assert_eq!(event["event"]["files"], json!([{"id": file, "mode": "tombstone"}]));
}

#[tokio::test]
async fn a_file_of_another_organisation_must_be_looked_up() {
    let bench = Bench::new().await;
    let file = bench.simulator.add_file(text("offer.txt", "100").slack_connect()).unwrap();
    let message = bench.simulator.post(&bench.channel, "U0ANNA", "", std::slice::from_ref(&file)).unwrap();
    let event = bench.simulator.event(&message);
    assert_eq!(
        event["event"]["files"][0],
        json!({
            "id": file, "mode": "file_access", "file_access": "check_file_info",
            "created": 0, "timestamp": 0, "user": "",
        })
    );
    let known = bench.call("files.info", &[("file", &file)]).await;
    assert_eq!(known["file"]["name"], "offer.txt");
    let url = known["file"]["url_private_download"].as_str().unwrap();
    assert_eq!(bench.download(url).await.text().await.unwrap(), "100");
}

#[tokio::test]
async fn an_external_file_is_a_link() {
    let bench = Bench::new().await;
    let link = "https://docs.example.com/d/1";
    let file = bench.simulator.add_file(NewFile::new("Plan", FileSource::External(link.into()))).unwrap();
    let known = bench.call("files.info", &[("file", &file)]).await;
    assert_eq!((&known["file"]["mode"], &known["file"]["external_url"]), (&json!("external"), &json!(link)));
    assert_eq!(known["file"].get("url_private_download"), None);
}

#[tokio::test]
async fn a_name_cannot_reach_another_address() {
    let bench = Bench::new().await;
    for name in ["../../etc/passwd", "..", "a/b?c#d.txt", "über %2e%2e", ""] {
        let file = bench.simulator.add_file(text(name, "content")).unwrap();
        let known = bench.call("files.info", &[("file", &file)]).await;
        assert_eq!(known["file"]["name"], name);
        let url = known["file"]["url_private_download"].as_str().unwrap();
        assert_eq!(reqwest::Url::parse(url).unwrap().as_str(), url, "the address is plain");
        assert_eq!(bench.download(url).await.text().await.unwrap(), "content", "{url}");
    }
}

#[tokio::test]
async fn an_edit_tells_what_was_and_what_is() {
    let bench = Bench::new().await;
    let file = bench.simulator.add_file(text("notes.txt", "text")).unwrap();
    let message =
        bench.simulator.post(&bench.channel, "U0ANNA", "#draft", std::slice::from_ref(&file)).unwrap();
    let event = bench.simulator.edit(&bench.channel, &message.ts, "#final").unwrap();
    let inner = &event["event"];
    assert_eq!(inner["subtype"], "message_changed");
    assert_eq!(
        (&inner["message"]["text"], &inner["previous_message"]["text"]),
        (&json!("#final"), &json!("#draft"))
    );
    assert_eq!(
        (&inner["message"]["ts"], &inner["message"]["files"][0]["id"]),
        (&json!(message.ts), &json!(file))
    );
    assert_eq!(inner["message"]["edited"]["user"], "U0ANNA");
    assert_eq!(bench.simulator.thread(&bench.channel, &message.ts)[0].text, "#final");
    assert!(bench.simulator.edit(&bench.channel, "1.000000", "no such message").is_err());
}

#[tokio::test]
async fn a_large_file_streams_in_bounded_memory() {
    const GIBIBYTE: u64 = 1 << 30;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.bin");
    File::create(&path).unwrap().set_len(GIBIBYTE).unwrap();
    let bench = Bench::new().await;
    let file = bench.simulator.add_file(NewFile::new("large.bin", FileSource::Path(path))).unwrap();
    let url = bench.file_url(&file).await;

    let before = peak_memory_kib();
    let mut download = bench.download(&url).await;
    assert_eq!(download.content_length(), Some(GIBIBYTE));
    let mut received = 0;
    while let Some(piece) = download.chunk().await.unwrap() {
        received += u64::try_from(piece.len()).unwrap();
    }
    assert_eq!(received, GIBIBYTE);
    if let (Some(before), Some(after)) = (before, peak_memory_kib()) {
        assert!(after - before < 64 * 1024, "the peak rose from {before} to {after} KiB");
    }
}

/// The most memory this process ever had resident. Linux tells; elsewhere only the stream itself is tested.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
