"""Everything the page says, in both languages."""

from pipeline.result import Bilingual as B

TITLE = B("Описание объявления по фото", "Ad descriptions from photos")
SUBTITLE = B(
    "Заполните поля, добавьте до 10 фото — и получите описание с проверкой, что оно подходит к снимкам.",
    "Fill in the fields, add up to 10 photos, and get a description in Russian, checked against the photos.",
)
HOW = (
    B("Проверяем фото и текст", "Photos and text are checked"),
    B("Пишем по всем снимкам сразу", "All photos are described at once"),
    B("Числа — только ваши, ни одного придуманного", "Only your numbers, none made up"),
)

# --- form ---------------------------------------------------------------------------------------------------------
CASES = B("Примеры", "Examples")
CASES_HINT = B("Нажмите — форма заполнится, и описание напишется само.", "Press one: it fills the form and runs it.")
NO_CASES = B("Примеров нет: папка test_cases пуста.", "No examples: the folder test_cases is empty.")
ATTRIBUTES = B("Характеристики", "Attributes")
FIELD_NAME = B("Название поля", "Field name")
FIELD_VALUE = B("значение", "value")
ADD_FIELD = B("Добавить поле", "Add a field")
REMOVE_FIELD = B("Убрать поле", "Remove the field")
TEXT = B("Текст продавца", "Seller's text")
TEXT_HINT = B(
    "Например: связала бабушка, носили один сезон, без пятен", "In Russian, for example: носили один сезон, без пятен"
)
PHOTOS = B("Фото", "Photos")
PHOTOS_ADD = B("Добавить фото", "Add photos")
PHOTOS_HINT = B(
    "Нажмите, перетащите файлы или вставьте из буфера (Ctrl+V). JPG, PNG, GIF до 25 МБ.",
    "Click, drop files here or paste (Ctrl+V). JPG, PNG, GIF up to 25 MB.",
)
PHOTO_WORDS = {
    "label": PHOTOS,
    "add": PHOTOS_ADD,
    "hint": PHOTOS_HINT,
    "earlier": B("Переместить раньше", "Move earlier"),
    "later": B("Переместить позже", "Move later"),
    "remove": B("Убрать", "Remove"),
    "too_many": B("Уберите лишние: можно не больше 10 фото.", "Remove some: at most 10 photos are allowed."),
    "too_big": B("больше 25 МБ, не добавлено", "over 25 MB, not added"),
    "failed": B("не удалось загрузить, попробуйте ещё раз", "could not be uploaded, try again"),
    "no_preview": B("нет предпросмотра", "no preview"),
}
CHECKPOINT = B("Модель", "Model")
CHECKPOINT_AUTO = B("Автоматически", "Automatic")
ONE_PHOTO = B("одно фото", "one photo")
MANY_PHOTOS = B("несколько фото", "several photos")
NOT_READY = B("нужна загрузка", "needs download")
SEED = B("Вариант", "Variant")
SEED_HINT = B("Одинаковый номер даёт одинаковое описание", "The same number gives the same description")
GENERATE = B("Сгенерировать", "Generate")
CANCEL = B("Отменить", "Cancel")
CLEAR = B("Очистить", "Clear")

# --- result -------------------------------------------------------------------------------------------------------
DESCRIPTION = B("Описание", "Description")
DESCRIPTION_HINT = B("Здесь появится описание — его можно править и копировать.", "The description will appear here.")
COPY = B("Копировать", "Copy")
ANOTHER = B("Ещё вариант", "Another variant")
BLANKS = B("Показать пропуски __", "Show blanks __")
BLANKS_HINT = B("вместо чисел, которых не было в объявлении", "for numbers that the ad does not state")
AS_JSON = B("Результат в JSON", "Result as JSON")
EMPTY = B("Пока пусто", "Nothing yet")
EMPTY_HINT = B(
    "Заполните форму и нажмите «Сгенерировать» или выберите пример. Здесь появятся проверки, фото с оценками и время.",
    "Fill in the form and press «Generate», or pick an example. Checks, scored photos and times will appear here.",
)
WAITING = B("В очереди", "In the queue")
WAITING_HINT = B("Сервис занят, начнём, как только освободится.", "The service is busy; yours starts next.")
RUNNING = B("Готовим описание…", "Working on it…")
CANCELLED = B("Отменено", "Cancelled")
CANCELLED_HINT = B("Форма не изменилась, можно запустить снова.", "The form is as it was; you can run it again.")
FAILED = B("Что-то сломалось", "Something broke")
FAILED_HINT = B("Форма не изменилась. Попробуйте ещё раз; причина:", "The form is as it was. Try again; the reason:")
STATUS = {
    "ok": B("Описание готово", "The description is ready"),
    "rejected": B("Объявление отклонено", "The ad is rejected"),
    "invalid": B("Проверьте форму", "Check the form"),
    "empty": B("Форма пуста", "The form is empty"),
}
STATUS_HINT = {
    "ok": B("У проверок нет замечаний.", "No check has objections."),
    "rejected": B(
        "Сервис пишет описания вещей для частных объявлений: фото и текст должны быть приличными и про одну вещь "
        "или набор.",
        "The service describes things for private ads: photos and text must be decent and about the same goods.",
    ),
    "invalid": B("Всё введённое осталось в форме, исправьте и запустите снова.", "The form keeps what you entered."),
    "empty": B(
        "Заполните хотя бы одно поле, напишите текст или добавьте фото. Можно начать с кнопки примера сверху.",
        "Fill in a field, write a text or add a photo. Or start with one of the example buttons at the top.",
    ),
}
STEPS_TITLE = B("Ход работы и время", "Steps and times")
STEPS = {
    "validate": B("Проверка ввода", "Input"),
    "photos": B("Модерация фото", "Photo moderation"),
    "text": B("Модерация текста", "Text moderation"),
    "match": B("Фото и текст об одном", "Photo-text match"),
    "mask": B("Маскирование чисел", "Masking numbers"),
    "diversity": B("Разнообразие", "Diversity"),
    "caption": B("Генерация", "Writing"),
    "unmask": B("Возврат чисел", "Unmasking"),
    "scores": B("Оценки", "Scores"),
}
TOTALS = {
    "moderation": B("модерация", "moderation"),
    "generation": B("генерация", "generation"),
    "total": B("всего", "total"),
}
CHECKS_TITLE = B("Проверки", "Checks")
CHECKS = {"photos": STEPS["photos"], "text": STEPS["text"], "match": STEPS["match"]}
CHECK_SCORES = {
    "photos": B("наибольшая уверенность детектора", "highest detector confidence"),
    "text": B("вероятность нарушения", "probability of a violation"),
    "match": B("вероятность, что фото и текст об одном", "probability that photo and text agree"),
}
PASSED = B("Пройдено", "Passed")
REJECTED = B("Отклонено", "Rejected")
THRESHOLD = B("порог", "threshold")
ALL_ACCEPTED = B("Замечаний нет.", "Nothing to object to.")
FITS_TEXT = B("с текстом", "with the text")
NOT_APPLICABLE = B("Не применимо", "Not applicable")
PHOTO_CARDS = B("Фото и CLIPScore", "Photos and CLIPScore")
BLURRED = B("скрыто модерацией", "hidden by moderation")
SCORES_TITLE = B("Оценки описания", "Scores of the description")
SCORES = {
    "clipscore_mean": (
        B("CLIPScore, среднее", "CLIPScore, mean"),
        B("Насколько описание подходит к фото, в среднем.", "How well the description fits the photos, on average."),
    ),
    "clipscore_max": (
        B("CLIPScore, лучшее фото", "CLIPScore, best photo"),
        B("То же для самого подходящего фото.", "The same for the best fitting photo."),
    ),
    "photo_photo_mean": (
        B("Фото между собой, среднее", "Photo to photo, mean"),
        B("Насколько снимки похожи: 1 — одинаковые.", "How alike the photos are: 1 means identical."),
    ),
    "photo_photo_max": (
        B("Фото между собой, наибольшее", "Photo to photo, highest"),
        B("Сходство самой похожей пары.", "Likeness of the most similar pair."),
    ),
    "source_output_clip": (
        B("Ввод и описание, CLIP", "Input to output, CLIP"),
        B("Близость описания к введённому тексту целиком.", "Closeness of the description to the input as a whole."),
    ),
    "source_output_bertscore": (
        B("Ввод и описание, BERTScore", "Input to output, BERTScore"),
        B("Совпадение по смыслу слово за словом.", "Agreement in meaning, word by word."),
    ),
}
NO_SCORE = B("не применимо к этому объявлению", "does not apply to this ad")
DIVERSITY = B("Разнообразие вещей", "Diversity of things")
TOKENS = {
    "<SINGLE>": B("один товар", "one item"),
    "<VARIATIVE>": B("разные товары", "different items"),
}
MASKED = B("Что написала модель до возврата чисел", "What the model wrote before numbers came back")
WROTE = B("Написала модель", "Written by")
TEXT_ONLY = B(
    "фото нет, поэтому пишет модель для одного текста", "there are no photos: the captioner for text alone writes"
)
MODEL = B("модель", "model")
SECONDS = B("с", "s")
