//! What people may say to the bot, and what it answers at once.

use serde_json::json;

use super::office::{BEN, BOT, DANA, Office, assert_says};

#[tokio::test]
async fn each_command_is_answered_in_its_thread() {
    let mut office = Office::open().await;
    for (command, answer) in [
        ("help", "`deploy prod SERVICE`: deploys a service to prod, once it is approved: api, web"),
        ("", "`deploy stg SERVICE`: deploys a service to stg: api, web"),
        ("status", "Nothing is being deployed."),
        ("statsu", "I don't know `statsu`: did you mean \"status\"?"),
        ("sing a song", "I don't know `sing`: there is deploy, help, status"),
        ("deploy stg apo", "There is no service `apo`: did you mean \"api\"?"),
        ("deploy prd api", "There is no environment `prd`: did you mean \"prod\"?"),
        ("deploy api stg", "The environment comes first: `deploy stg api`."),
        ("deploy stg", "`deploy` takes an environment and a service, such as `deploy "),
        ("deploy stg api now", "`deploy` takes an environment and a service"),
    ] {
        let post = office.ask(command).await;
        assert_says(&office.told(&post), &[answer]);
    }
    assert!(office.deployer.started().is_empty());
}

#[tokio::test]
async fn a_mention_is_understood_however_it_is_written() {
    let mut office = Office::open().await;
    let texts = [
        "<@U0ACKFLOW> deploy stg api",
        "<@U0ACKFLOW|ackflow> deploy stg api",
        "deploy stg api <@U0ACKFLOW>",
        "deploy <@U0ACKFLOW> stg api",
        "  <@U0ACKFLOW>   Deploy\nSTG \t Api ",
        "<@U0ACKFLOW> deploy “stg” ‘api’",
        "<@U0ACKFLOW> `deploy stg api`",
    ];
    for text in texts {
        let post = office.mention(DANA, text);
        office.stage.deliver(&post.event).await;
        office.stage.settled(&post.event).await;
    }
    assert_eq!(office.deployer.started(), vec!["api to stg"; texts.len()]);
}

#[tokio::test]
async fn a_mention_in_a_thread_is_answered_in_that_thread() {
    let mut office = Office::open().await;
    let question = office.say(DANA, "Who can deploy?");
    let simulator = &office.stage.simulator;
    let reply = simulator
        .reply(&office.stage.channel, &question.message.ts, BEN, &format!("Ask {BOT} for help"), &[])
        .unwrap();
    let event = simulator.mention(&reply);
    office.stage.deliver(&event).await;
    office.settled().await;
    assert_says(&office.told(&question), &["I don't know `ask`"]);
}

#[tokio::test]
async fn an_edited_mention_is_not_heard_again() {
    let office = Office::open().await;
    let mut event = office.mention(DANA, &format!("{BOT} deploy stg api")).event;
    event["event"]["edited"] = json!({ "user": DANA, "ts": "1795251600.000000" });
    let delivery = office.stage.deliver(&event).await;
    assert!(delivery.attempts[0].answer.contains("edited"), "{delivery:?}");
    assert!(office.stage.process.journal.list(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_slash_command_deploys() {
    let mut office = Office::open().await;
    let attempt = office.slash("/deploy", " STG  api ", DANA).await;
    assert!(attempt.answer.contains("On it."), "{attempt:?}");
    office.settled().await;
    assert_eq!(office.deployer.started(), ["api to stg"]);
    let told = office.told_in(&office.stage.channel);
    assert!(told.iter().any(|text| text.contains("<@U0DANA> *api* is deployed to *stg*")), "{told:#?}");
}

#[tokio::test]
async fn what_a_slash_command_asks_is_answered_to_whoever_asks() {
    let mut office = Office::open().await;
    for (text, answer) in [
        ("", "`deploy stg SERVICE`"),
        ("help", "`deploy stg SERVICE`"),
        ("Status", "Nothing is being deployed."),
        ("stg apo", "did you mean \"api\"?"),
    ] {
        let before = office.shown_in(&office.stage.channel).len();
        assert_eq!(office.slash("/deploy", text, BEN).await.status, Some(200));
        office.settled().await;
        let shown = office.shown_in(&office.stage.channel).split_off(before);
        let [(user, said)] = &shown[..] else { panic!("one answer to {text:?}: {shown:#?}") };
        assert_eq!(user, BEN);
        assert!(said.contains(answer), "{said}");
    }
    assert!(office.told_in(&office.stage.channel).is_empty(), "nobody else is told");
}

#[tokio::test]
async fn another_slash_command_is_not_known() {
    let office = Office::open().await;
    let attempt = office.slash("/weather", "stg api", DANA).await;
    assert!(attempt.answer.contains("I don't know this command."), "{attempt:?}");
    assert!(office.stage.process.journal.list(1).await.unwrap().is_empty());
}
