"""The school: courses, their modules and lessons, and what learners ask one another."""

from __future__ import annotations

import datetime as dt

from snapkit.demo._people import user_ids
from snapkit.demo._table import NOW, DemoTable, Row, document, moment, seeded, table
from snapkit.demo._text import slug

LESSONS_OF_MODULE = (2, 2, 2, 3)

_CATEGORIES = (
    # parent, name; the parent comes last
    (4, "Bán hàng"),
    (4, "Tài chính & thuế"),
    (None, "Nghề thủ công"),
    (None, "Kinh doanh nhỏ"),
)

_COURSES = (
    # title, level, price [VND], hours a week, teacher's index, category, modules
    (
        "Bán hàng online từ số 0",
        "cơ bản",
        499_000,
        (2, 2, 3, 3),
        2,
        1,
        ("Chọn ngách", "Mở gian hàng", "Viết mô tả", "Chăm khách quay lại"),
    ),
    (
        "Chụp ảnh sản phẩm bằng điện thoại 📱",
        "cơ bản",
        399_000,
        (3, 3),
        3,
        1,
        ("Ánh sáng cửa sổ", "Bố cục & phông nền", "Chỉnh màu", "Ảnh cho gốm & lụa"),
    ),
    (
        "Kế toán hộ kinh doanh & hóa đơn điện tử",
        "trung cấp",
        899_000,
        (4, None, 4),
        6,
        2,
        ("Sổ sách tối thiểu", "Hóa đơn đầu vào", "Hóa đơn đầu ra", "Đối chiếu cuối quý"),
    ),
    (
        "Làm gốm tại nhà",
        "cơ bản",
        1_290_000,
        (5, 5, 5, 5),
        4,
        3,
        ("Làm quen với đất", "Bàn xoay", "Men", "Nung"),
    ),
    (
        'Pha cà phê phin "chuẩn vị"',
        "cơ bản",
        0,
        (),
        3,
        3,
        ("Hạt & độ rang", "Xay", "Ủ & chiết", "Bạc xỉu, cà phê muối"),
    ),
    (
        "Tiếng Anh giao tiếp cho chủ shop",
        "trung cấp",
        650_000,
        (2, 2, 2, 2, 1),
        4,
        4,
        ("Chào hỏi", "Trả giá", "Giao hàng", "Khiếu nại"),
    ),
    (
        "Excel: từ A đến XLOOKUP\\",
        "nâng cao",
        720_000,
        (0, 8),
        6,
        4,
        ("Bảng & bộ lọc", "Hàm tra cứu", "PivotTable", "Báo cáo tự động"),
    ),
)

_OUTCOMES: dict[int, tuple[str | None, ...]] = {
    0: ("Có gian hàng đầu tiên", "20 đơn trong tháng đầu"),
    2: ("Đối chiếu được hóa đơn", None, 'Hiểu mã "CQT"'),
    3: ("Tự làm một bộ ấm, {nếu} lò cho phép",),
    6: ('=XLOOKUP(A2;B:B;C:C;"không có")', "NULL", ""),
}

_PARTS = ("Khởi động", "Thực hành", "Hỏi đáp")
_TYPES = ("VIDEO", "ARTICLE", "LIVE", "QUIZ")

_QUESTIONS = (
    # course, author's index, title, body, pinned
    (4, 13, "Gốm nứt khi nung lần đầu?", "Em nung 1.000°C, tăng 150°C/giờ.\nNứt ở đáy. 😢", True),
    (
        3,
        11,
        "Hóa đơn sai mã số thuế",
        'Bên bán ghi "0109876534".\r\nThay thế hay điều chỉnh ạ?',
        False,
    ),
    (7, None, "#N/A ở đâu ra?", "=VLOOKUP(A2,'Bảng giá'!A:B,2,0)\t→ #N/A", False),
    (5, 16, "Robusta hay Arabica?", "", False),
    (None, 15, "Góp ý: thêm phụ đề 🙏", "Cho người khiếm thính \\ người ồn ào như em.", False),
)


def course_titles() -> tuple[str, ...]:
    """Give the courses' titles in order of their ids, which begin with 1."""
    return tuple(course[0] for course in _COURSES)


def tables() -> tuple[DemoTable, ...]:
    """Make the tables of the school."""
    return (_categories(), _courses(), _modules(), _lessons(), _discussions())


def _categories() -> DemoTable:
    rows = [(number, *facts, number * 10) for number, facts in enumerate(_CATEGORIES, start=1)]
    return table("course_categories", "id|parent_id|name|order", rows)


def _courses() -> DemoTable:
    rng = seeded("courses")
    ids = user_ids()
    rows: list[Row] = []
    for index, (title, level, price, hours, teacher, category, modules) in enumerate(_COURSES):
        opens = dt.date(2024, 3, 1) + dt.timedelta(days=75 * index)
        frame = document({"khung": "hoa sen", "cỡ": [297, 210], "ký": None})
        rows.append(
            (
                index + 1,
                slug(title),
                title,
                f"Bốn chương: {', '.join(modules)}." if index % 3 else None,
                level,
                price,
                hours,
                _OUTCOMES.get(index, ()),
                ids[teacher],
                category,
                frame if index in {3, 5} else None,
                opens if index % 6 else None,
                moment(rng, NOW - dt.timedelta(days=500), NOW - dt.timedelta(days=90)),
            )
        )
    columns = (
        "id|slug|title|summary|level|price|weekly_hours|outcomes|instructor_id|category_id"
        "|certificate_template|opens_on|published_at"
    )
    return table("courses", columns, rows)


def _modules() -> DemoTable:
    titles = [
        (course, title, order)
        for course, (*_, modules) in enumerate(_COURSES, start=1)
        for order, title in enumerate(modules, start=1)
    ]
    rows = [(number, *facts) for number, facts in enumerate(titles, start=1)]
    return table("course_modules", "id|course_id|title|order", rows)


def _lessons() -> DemoTable:
    rng = seeded("lessons")
    rows: list[Row] = []
    for module, course, title, order in _modules().rows:
        for part in range(LESSONS_OF_MODULE[int(str(order)) - 1]):
            seconds = rng.randrange(240, 2_700)
            marks = (0, seconds // 3, None if rng.randrange(6) == 0 else seconds * 2 // 3)
            kind = rng.choices(_TYPES, weights=(6, 2, 1, 1))[0]
            body = f"# {title}\n\n1. Xem video\n2. Làm bài tập\n3. Hỏi ở mục “Thảo luận”\n"
            rows.append(
                (
                    len(rows) + 1,
                    module,
                    course,
                    f"{title}: {_PARTS[part].lower()}",
                    kind,
                    part + 1,
                    seconds if kind in {"VIDEO", "LIVE"} else 0,
                    body if kind == "ARTICLE" else None,
                    marks if kind == "VIDEO" else (),
                    (order, part) == (1, 0),
                )
            )
    columns = "id|module_id|course_id|title|type|order|seconds|body|chapter_marks|is_preview"
    return table("lessons", columns, rows)


def _discussions() -> DemoTable:
    rng = seeded("discussions")
    ids = user_ids()
    rows: list[Row] = []
    for number, (course, author, title, body, pinned) in enumerate(_QUESTIONS, start=1):
        who = None if author is None else ids[author]
        asked = moment(rng, NOW - dt.timedelta(days=60))
        rows.append((number, course, who, title, body, pinned, None, asked))
    columns = "id|course_id|author_id|title|body|is_pinned|accepted_reply_id|created_at"
    return table("discussions", columns, rows)
