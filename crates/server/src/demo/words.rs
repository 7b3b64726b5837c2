//! What made-up people say, in eight languages: sentences with gaps, which numbers, things and names fill.

use super::dice::Dice;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    Visitor,
    Agent,
}

/// A visitor's language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language(&'static Words);

#[derive(Debug)]
struct Words {
    given: &'static [&'static str],
    family: &'static [&'static str],
    things: &'static [&'static str],
    visitor: &'static [&'static str],
    agent: &'static [&'static str],
}

/// Where visitors have their addresses.
pub(super) const DOMAINS: [&str; 6] = ["mail", "post", "example-shop", "north", "studio", "uni"];

impl Language {
    /// Half of the visitors write English.
    pub(super) fn drawn(dice: &mut Dice) -> Self {
        let of_ten = dice.below(100);
        Self(match of_ten {
            0..50 => &ENGLISH,
            50..66 => &GERMAN,
            66..77 => &FRENCH,
            77..88 => &SPANISH,
            88..92 => &RUSSIAN,
            92..95 => &CHINESE,
            95..98 => &JAPANESE,
            _ => &ARABIC,
        })
    }

    pub(super) fn name(self, dice: &mut Dice) -> String {
        let given = self.0.given[dice.index(self.0.given.len())];
        format!("{given} {}", self.0.family[dice.index(self.0.family.len())])
    }

    /// One to four sentences, now and then a long letter.
    pub(super) fn says(self, speaker: Speaker, dice: &mut Dice) -> String {
        let sentences = match speaker {
            Speaker::Visitor => self.0.visitor,
            Speaker::Agent => self.0.agent,
        };
        let n = if dice.chance(0.02) {
            6 + dice.index(10)
        } else {
            1 + dice.skewed(4)
        };
        let mut said = String::new();
        for _ in 0..n {
            if !said.is_empty() {
                said.push(' ');
            }
            let sentence = sentences[dice.index(sentences.len())];
            self.fill(sentence, &mut said, dice);
        }
        said
    }

    fn fill(self, sentence: &str, said: &mut String, dice: &mut Dice) {
        let mut rest = sentence;
        while let Some((before, gap)) = rest.split_once('{') {
            said.push_str(before);
            let (name, after) = gap.split_once('}').unwrap_or((gap, ""));
            match name {
                "order" => *said += &format!("ORD-{:06}", dice.below(1_000_000)),
                "n" => *said += &(2 + dice.below(60)).to_string(),
                "sum" => *said += &format!("{}.{:02}", 3 + dice.below(500), dice.below(100)),
                "thing" => said.push_str(self.0.things[dice.index(self.0.things.len())]),
                _ => said.push_str(self.0.given[dice.index(self.0.given.len())]),
            }
            rest = after;
        }
        said.push_str(rest);
    }
}

static ENGLISH: Words = Words {
    given: &[
        "Olivia", "Noah", "Amelia", "George", "Isla", "Harry", "Ava", "Jack", "Grace", "Leo",
        "Freya", "Oscar", "Zoe", "Ethan", "Ruby", "Callum",
    ],
    family: &[
        "Smith",
        "Walker",
        "Patel",
        "Hughes",
        "O'Brien",
        "Carter",
        "Nguyen",
        "Bailey",
        "Khan",
        "Fletcher",
        "Doyle",
        "Marsh",
        "Whitfield",
        "Osei",
    ],
    things: &[
        "backpack",
        "desk lamp",
        "headphones",
        "coffee grinder",
        "rain jacket",
        "keyboard",
        "office chair",
        "water bottle",
        "running shoes",
        "monitor arm",
        "notebook",
        "travel mug",
    ],
    visitor: &[
        "Hello, I ordered a {thing} and it has not arrived yet.",
        "My order number is {order}.",
        "The tracking page says it was delivered {n} days ago, but there is nothing here.",
        "Could I get a refund for the {thing} please?",
        "I was charged {sum} twice on my card.",
        "The app crashes whenever I open the invoice.",
        "Is the {thing} available in another colour?",
        "How long does shipping to Ireland take?",
        "The zip on my {thing} broke after {n} days.",
        "I cannot log in, the password reset mail never comes.",
        "Thanks, that worked!",
        "Do you offer a discount for schools?",
        "I would like to change the delivery address of {order}.",
        "What is the warranty on the {thing}?",
        "I already sent a picture yesterday.",
        "Can I talk to somebody on the phone about this?",
        "That is disappointing, I have been a customer for {n} years.",
        "Great, thank you so much for the quick answer.",
        "The discount code was not accepted at checkout.",
        "Where can I find the invoice for {order}?",
    ],
    agent: &[
        "Hi {name}, thanks for getting in touch.",
        "Let me look that up for you.",
        "I can see the order {order}, it left our warehouse {n} hours ago.",
        "I have refunded {sum}, it should be on your account within five working days.",
        "Could you send me a picture of the {thing}?",
        "I am sorry for the trouble.",
        "We will send you a replacement {thing} today, free of charge.",
        "Please try again after clearing the cache of your browser.",
        "Is there anything else that I can do for you?",
        "The {thing} will be back in stock in about {n} days.",
        "I have passed this on to my colleague {name} from billing.",
        "You will find the invoice under Account, Orders.",
        "The warranty covers that, no need to worry.",
        "Have a lovely day!",
    ],
};

static GERMAN: Words = Words {
    given: &[
        "Lukas", "Mia", "Jürgen", "Anna", "Felix", "Käthe", "Jan", "Sophie", "Björn", "Greta",
        "Moritz", "Heike",
    ],
    family: &[
        "Müller",
        "Schneider",
        "Weiß",
        "Krüger",
        "Schäfer",
        "Vogt",
        "Böhm",
        "Lindner",
        "Großmann",
        "Keller",
    ],
    things: &[
        "Rucksack",
        "Schreibtischlampe",
        "Kopfhörer",
        "Kaffeemühle",
        "Regenjacke",
        "Tastatur",
        "Bürostuhl",
        "Trinkflasche",
        "Laufschuhe",
    ],
    visitor: &[
        "Guten Tag, meine Bestellung {order} ist noch nicht angekommen.",
        "Ich möchte die Ware zurückgeben, es geht um: {thing}.",
        "Mir wurden {sum} Euro doppelt abgebucht.",
        "Wie lange dauert der Versand nach Österreich?",
        "Die Rechnung lässt sich nicht öffnen.",
        "Gibt es {thing} auch in Größe {n}?",
        "Vielen Dank, das hat geholfen!",
        "Ich warte jetzt schon seit {n} Tagen auf eine Antwort.",
        "Kann ich die Lieferadresse noch ändern?",
        "Der Gutscheincode wird nicht angenommen.",
        "Leider ist das Paket beschädigt angekommen.",
    ],
    agent: &[
        "Hallo {name}, schön, dass Sie sich melden.",
        "Einen Moment bitte, ich schaue gleich nach.",
        "Die Bestellung {order} ist vor {n} Stunden verschickt worden.",
        "Wir haben Ihnen {sum} Euro erstattet.",
        "Das tut mir leid, wir schicken sofort Ersatz.",
        "Könnten Sie uns bitte ein Foto schicken?",
        "Kann ich sonst noch etwas für Sie tun?",
        "Die Rechnung finden Sie in Ihrem Konto unter Bestellungen.",
    ],
};

static FRENCH: Words = Words {
    given: &[
        "Chloé",
        "Léo",
        "Élodie",
        "Hugo",
        "Inès",
        "François",
        "Manon",
        "Théo",
    ],
    family: &[
        "Lefèvre",
        "Moreau",
        "Garnier",
        "Dubois",
        "Benoît",
        "Rousseau",
        "Chevalier",
        "Masson",
    ],
    things: &[
        "sac à dos",
        "lampe de bureau",
        "casque audio",
        "moulin à café",
        "imperméable",
        "clavier",
        "chaise",
    ],
    visitor: &[
        "Bonjour, ma commande {order} n'est toujours pas arrivée.",
        "Je voudrais être remboursée pour l'article : {thing}.",
        "J'ai été débité deux fois de {sum} euros.",
        "Quels sont les délais de livraison en Belgique ?",
        "Le colis est arrivé abîmé.",
        "Merci beaucoup, c'est réglé !",
        "Le code promo ne fonctionne pas.",
        "Où puis-je trouver ma facture ?",
    ],
    agent: &[
        "Bonjour {name}, merci de votre message.",
        "Je vérifie tout de suite.",
        "Votre commande {order} a été expédiée il y a {n} heures.",
        "Nous vous avons remboursé {sum} euros.",
        "Pourriez-vous nous envoyer une photo ?",
        "Désolée pour ce désagrément, nous vous renvoyons l'article.",
        "Puis-je vous aider pour autre chose ?",
    ],
};

static SPANISH: Words = Words {
    given: &[
        "Lucía", "Martín", "Sofía", "Íñigo", "Carmen", "Andrés", "Begoña", "Pablo",
    ],
    family: &[
        "García", "Núñez", "Ibáñez", "Muñoz", "Vega", "Ortíz", "Peña", "Castaño",
    ],
    things: &[
        "mochila",
        "lámpara",
        "auriculares",
        "molinillo de café",
        "chubasquero",
        "teclado",
        "silla",
    ],
    visitor: &[
        "Hola, mi pedido {order} todavía no ha llegado.",
        "Quiero devolver un artículo: {thing}.",
        "Me han cobrado {sum} euros dos veces.",
        "¿Cuánto tarda el envío a Canarias?",
        "El paquete llegó roto.",
        "¡Muchas gracias, ya funciona!",
        "No puedo iniciar sesión desde ayer.",
        "¿Dónde está mi factura?",
    ],
    agent: &[
        "Hola {name}, gracias por escribirnos.",
        "Un momento, lo compruebo enseguida.",
        "El pedido {order} salió hace {n} horas.",
        "Le hemos devuelto {sum} euros.",
        "¿Podría enviarnos una foto?",
        "Sentimos las molestias, le enviamos otro.",
        "¿Puedo ayudarle en algo más?",
    ],
};

static RUSSIAN: Words = Words {
    given: &["Анна", "Дмитрий", "Ольга", "Сергей", "Мария", "Фёдор"],
    family: &[
        "Иванова",
        "Смирнов",
        "Кузнецов",
        "Попова",
        "Соловьёв",
        "Морозов",
    ],
    things: &["рюкзак", "лампа", "наушники", "клавиатура", "куртка"],
    visitor: &[
        "Здравствуйте, заказ {order} ещё не пришёл.",
        "Хочу вернуть товар: {thing}.",
        "С карты дважды списали {sum}.",
        "Сколько идёт доставка?",
        "Спасибо, всё получилось!",
    ],
    agent: &[
        "Здравствуйте, {name}! Спасибо за обращение.",
        "Сейчас проверю.",
        "Заказ {order} отправлен {n} часов назад.",
        "Деньги вернутся в течение пяти дней.",
        "Могу ли я ещё чем-то помочь?",
    ],
};

static CHINESE: Words = Words {
    given: &["伟", "芳", "娜", "敏", "静", "磊"],
    family: &["王", "李", "张", "刘", "陈", "杨"],
    things: &["背包", "台灯", "耳机", "键盘", "雨衣"],
    visitor: &[
        "你好，我的订单{order}还没有收到。",
        "我想退款，商品是{thing}。",
        "为什么扣了两次款？",
        "请问发货需要几天？",
        "谢谢，问题解决了！",
    ],
    agent: &[
        "您好，感谢您的联系。",
        "请稍等，我马上查询。",
        "订单{order}已于{n}小时前发货。",
        "退款将在五个工作日内到账。",
        "还有什么可以帮您的吗？",
    ],
};

static JAPANESE: Words = Words {
    given: &["さくら", "はると", "美咲", "翔太", "結衣", "蓮"],
    family: &["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺"],
    things: &[
        "リュック",
        "デスクライト",
        "ヘッドホン",
        "キーボード",
        "レインコート",
    ],
    visitor: &[
        "こんにちは、注文{order}がまだ届きません。",
        "{thing}を返品したいです。",
        "二重に請求されています。",
        "送料はいくらですか？",
        "ありがとうございます、解決しました。",
    ],
    agent: &[
        "お問い合わせありがとうございます。",
        "少々お待ちください、確認いたします。",
        "ご注文{order}は{n}時間前に発送されました。",
        "返金の手続きをいたしました。",
        "他にお手伝いできることはございますか？",
    ],
};

static ARABIC: Words = Words {
    given: &["محمد", "فاطمة", "علي", "مريم", "يوسف", "ليلى"],
    family: &["الحسن", "حداد", "منصور", "خوري", "سليمان"],
    things: &["حقيبة", "مصباح", "سماعات", "لوحة مفاتيح"],
    visitor: &[
        "مرحبا، طلبي {order} لم يصل بعد.",
        "أريد استرداد المبلغ من فضلكم.",
        "كم تستغرق مدة الشحن؟",
        "شكرا جزيلا، تم حل المشكلة.",
    ],
    agent: &[
        "أهلا {name}، شكرا لتواصلك معنا.",
        "لحظة من فضلك، سأتحقق الآن.",
        "تم شحن الطلب {order} قبل {n} ساعة.",
        "هل يمكنني مساعدتك في شيء آخر؟",
    ],
};
