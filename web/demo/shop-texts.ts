/** What the shop in the preview says: English, and Arabic to show a page that is written from the right. */

const en = {
  name: 'Kiln & Clay',
  bowls: 'Bowls',
  cups: 'Cups',
  workshop: 'Workshop',
  basket: 'Basket',
  kicker: 'Autumn firing',
  headline: 'Stoneware for slow mornings',
  lead: 'Thrown by hand in small batches, glazed in the colors of the coast, and safe in oven and dishwasher.',
  shop: 'See the collection',
  visit: 'Visit the workshop',
  cup: 'Cup “Dune”',
  bowl: 'Bowl “Tide”',
  vase: 'Vase “Reed”',
  jug: 'Jug “Gull”',
  left: 'Only 4 left',
  promise: 'Questions about a piece? We answer in the chat, usually within minutes.',
};

const ar: typeof en = {
  name: 'فخار وطين',
  bowls: 'أوعية',
  cups: 'أكواب',
  workshop: 'الورشة',
  basket: 'السلة',
  kicker: 'مجموعة الخريف',
  headline: 'خزف لصباحات هادئة',
  lead: 'قطع مشكلة يدويا بكميات صغيرة، بألوان الساحل، وآمنة في الفرن وغسالة الصحون.',
  shop: 'شاهد المجموعة',
  visit: 'زر الورشة',
  cup: 'كوب «كثيب»',
  bowl: 'وعاء «مد»',
  vase: 'مزهرية «قصب»',
  jug: 'إبريق «نورس»',
  left: 'بقي ٤ فقط',
  promise: 'لديك سؤال عن قطعة؟ نجيبك في الدردشة، عادة خلال دقائق.',
};

export interface ShopTexts {
  lang: 'en' | 'ar';
  dir: 'ltr' | 'rtl';
  words: typeof en;
}

export function shopTexts(locale: string): ShopTexts {
  return locale === 'ar' ? { lang: 'ar', dir: 'rtl', words: ar } : { lang: 'en', dir: 'ltr', words: en };
}
