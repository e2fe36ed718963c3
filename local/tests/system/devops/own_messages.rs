//! The bot does not hear itself.

use ackflow::simulator::PostedMessage;

use super::office::{APPROVE, BEN, DANA, LEA, Office};

/// Everything that the bot has said to anybody.
fn everything_said(office: &Office, people: &[&str]) -> Vec<PostedMessage> {
    let simulator = &office.stage.simulator;
    let channels = [
        &office.stage.channel,
        &office.leads,
        &office.moderators,
        &office.general,
        &office.alerts,
        &office.votes,
    ];
    let in_channels = channels.into_iter().flat_map(|channel| simulator.messages(channel));
    let in_private = people.iter().flat_map(|user| simulator.dm(user));
    in_channels.chain(in_private).filter(|message| message.bot_id.is_some()).collect()
}

#[tokio::test]
async fn no_message_of_the_bot_starts_anything() {
    let mut office = Office::open().await;
    office.ask("help").await;
    let (_, asked) = office.request(DANA).await;
    office.press(&asked, APPROVE, LEA).await;
    let simulator = &office.stage.simulator;
    let (newcomer, joined) = simulator.join_team("newt");
    let entered = simulator.join_channel(&office.alerts, BEN).unwrap();
    let password = office.say(DANA, "hunter2");
    let topic = simulator.post(&office.votes, DANA, "Lunch?", &[]).unwrap();
    let vote = simulator.react(&office.votes, &topic.ts, BEN, "tada").unwrap();
    for event in [joined, entered, password.event, vote] {
        office.stage.deliver(&event).await;
    }
    office.settled().await;

    let said = everything_said(&office, &[DANA, BEN, &newcomer]);
    // The answer, the leads' message, three about the deployment, the greeting, the guide, two about the password, the
    // count.
    assert_eq!(said.len(), 10, "{said:#?}");
    let executions = office.stage.process.journal.list(100).await.unwrap().len();
    let simulator = &office.stage.simulator;
    for message in &said {
        let PostedMessage { channel, ts, text, .. } = message;
        let edited = simulator.edit(channel, ts, &format!("{text} hunter2")).unwrap();
        for event in [simulator.event(message), simulator.mention(message), edited] {
            let delivery = office.stage.deliver(&event).await;
            assert!(delivery.attempts[0].answer.contains("from_bot"), "{delivery:?}");
        }
    }
    assert_eq!(office.stage.process.journal.list(100).await.unwrap().len(), executions);
}
