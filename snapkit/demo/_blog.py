"""The blog: articles and what readers say under them."""

from __future__ import annotations

import datetime as dt

from snapkit.demo._people import user_ids
from snapkit.demo._table import NOW, DemoTable, Row, moment, seeded, table, uuid4
from snapkit.demo._text import slug

_STAFF = (0, 2, 3, 4)  # who writes, by index

_POSTS: tuple[tuple[str, str | None, str, str, tuple[str | None, ...]], ...] = (
    # title, excerpt, body, status, keywords
    (
        "Trà sen Tây Hồ: một nghìn bông cho một cân",
        "Vì sao một hộp trà sen giá bằng mười hộp trà thường?",
        "Sen còn ngậm sương.\n\n> “Uống một ngụm, thơm cả chiều.”\n\n| Lần | Giờ |\n|-|-|\n",
        "published",
        ("trà sen", "Tây Hồ", 'ướp "xổi"'),
    ),
    (
        "Bếp nhà tháng Chạp: kho, om, muối",
        None,
        "Ba nồi trên bếp:\n1. Cá kho làng Vũ Đại\n2. Om chuối ốc\n3. Dưa hành 🧅\n",
        "published",
        ("Tết", "món kho", None),
    ),
    (
        "Đọc tem nước mắm cho đúng",
        "40°N là gì?",
        "Độ đạm = gam nitơ trên 1 lít.\tVí dụ: 40°N ≈ 40 g/L.\r\nKhông phải độ mặn!\r\n",
        "published",
        ("nước mắm", "40°N"),
    ),
    (
        "Chọn dao Nhật cho bếp Việt",
        "Santoku, nakiri hay gyuto",
        "<h2>Thép</h2><p>VG-10 & Aogami — cứng &gt; 60 HRC.</p>\n<!-- TODO: ảnh mài dao -->",
        "published",
        ("dao", "santoku", "包丁"),
    ),
    (
        "Gốm rạn có bền không?",
        "",
        "Có. Nhưng đừng ngâm qua đêm.\n\n```\nT = 1280°C; giữ 40'\n```\n",
        "published",
        ("gốm", "men rạn", ""),
    ),
    (
        "5 lỗi khi chụp ảnh sản phẩm bằng điện thoại 📱",
        "Lỗi số 3 ai cũng mắc",
        "1. Đèn vàng + đèn trắng\n2. Nền hoa\n3. Zoom số\n4. Không lau ống kính\n5. …quên sạc 🔋",
        "published",
        ("chụp ảnh", "điện thoại"),
    ),
    (
        "Hóa đơn điện tử: thay thế hay điều chỉnh?",
        "Bảng tra nhanh cho hộ kinh doanh",
        "Sai mã số thuế → *thay thế*.\nSai đơn giá → *điều chỉnh*.\nSai tên hàng → hỏi chị Linh.",
        "published",
        ("hóa đơn", "thuế", "NĐ 123/2020"),
    ),
    (
        "Nhật ký lò gốm thứ tư (1): tìm đất",
        None,
        "Đất ở Thủy Thanh dẻo nhưng nhiều sạn.\n\f\nNgày 2: mưa. Ngày 3: mưa. Ngày 4: \\o/ nắng!",
        "published",
        ("nhật ký", "gốm"),
    ),
    (
        'Vì sao chúng tôi bỏ "miễn phí vận chuyển"',
        "Một quyết định khó",
        "Vì không có gì miễn phí: ai đó phải trả 35.000 ₫.\n",
        "archived",
        ("vận chuyển", "35.000 ₫"),
    ),
    (
        "Lịch giao hàng Tết Bính Ngọ",
        "Đặt trước 10/02/2026",
        "Hà Nội: đến 28 Tết.\nTỉnh xa: đến 24 Tết.\nHàng dễ vỡ: +2 ngày.",
        "scheduled",
        ("Tết", "giao hàng"),
    ),
    (
        "Cà phê muối: công thức 1—2—3",
        "Một muối, hai sữa, ba phin",
        "½ muỗng muối, 20 ml sữa đặc, 1 phin Robusta honey. Khuấy ⟳ 30 lần.",
        "draft",
        (),
    ),
    ("(chưa đặt tên)", None, "", "draft", ("nháp", "{}", "a,b", "C:\\anh\\moi")),
)

_COMMENTS = (
    # post, author's index or guest's name, comment answered, text, approved
    (1, 13, None, "Đọc xong đi pha ngay một ấm. 🍵", True),
    (
        1,
        "Cô Hạnh",
        None,
        "Ngày xưa bà ngoại tôi ướp bằng chum,\nkhông phải hộp giấy đâu cháu ạ.",
        True,
    ),
    (1, 0, 2, "Dạ cháu cảm ơn cô! Cháu xin phép sửa bài.", True),
    (1, "Cô Hạnh", 3, "Ừ. Lần sau ghé nhà cô chơi.", True),
    (1, "spam_bot_17", None, "<script>alert('rẻ')</script> http://spam.example/?a=1&b=2", False),
    (2, 12, None, "Om chuối ốc miền nào vậy ad?", True),
    (2, 2, 6, "Bắc nha bạn, có tía tô với mẻ.", True),
    (2, 12, 7, "Cảm ơn ad 💚", True),
    (2, 15, None, "Kho cá mà không có riềng thì… \\(-_-)/", True),
    (3, 11, None, "Vậy 60°N là đạm thêm hay đạm thật?", True),
    (3, "Nước mắm Cô Út", 12, "Dạ như trên ạ, thật 43 là cao.", True),
    (3, "Nước mắm Cô Út", 10, "Trên 43°N thường có bổ sung, anh xem thành phần.", True),
    (3, 14, None, "\tThụt đầu dòng thử\n\tXem có mất không", True),
    (4, 16, None, "Is the santoku OK for lemongrass? Sả cứng lắm!", True),
    (4, 0, 14, "Yes — chỉ đừng chặt xương nhé, Seán.", True),
    (4, 16, 15, "Cảm ơn! O'B", True),
    (4, "", None, "Ẩn danh khen.", True),
    (5, 4, None, "Bổ sung: tráng nước gạo lần đầu dùng.", True),
    (5, 13, 18, "Nước gạo nóng hay nguội cô Diệp?", True),
    (5, 4, 19, "Ấm thôi em, 60°C.", True),
    (6, 7, None, "Lỗi số 5 là tui 🙋‍♂️🔋", True),
    (6, 8, 21, "Đồng đội!!! 😂😂😂", True),
    (6, 3, None, "Thêm lỗi 6: đăng ảnh ngang lên story.", True),
    (7, 11, None, "Sai cả hai thì sao?", True),
    (7, 6, 24, 'Thì "thay thế" anh ạ; nhớ lập biên bản.', True),
    (7, 11, 25, "Rõ. Cảm ơn Linh kế toán.", True),
    (7, "Hộ KD Bảy Nụ", None, "Tôi in bài này dán tường.", True),
    (8, 12, None, "Hóng phần 2 🧱", True),
    (9, 14, None, "Nói thẳng vậy mà hay. 35.000 ₫ tôi trả được.", True),
    (9, None, None, "Tài khoản đã xóa bình luận này", False),
    (9, 10, 29, "+1", True),
)


def post_ids() -> tuple[str, ...]:
    """Give the ids of the articles, in their order."""
    rng = seeded("post ids")
    return tuple(uuid4(rng) for _ in _POSTS)


def post_titles() -> tuple[str, ...]:
    """Give the articles' titles, in their order."""
    return tuple(title for title, *_ in _POSTS)


def tables() -> tuple[DemoTable, ...]:
    """Make the tables of the blog."""
    return (_posts(), _comments())


def _posts() -> DemoTable:
    rng = seeded("posts")
    ids, writers = post_ids(), user_ids()
    rows: list[Row] = []
    for index, (title, excerpt, body, status, keywords) in enumerate(_POSTS):
        created = NOW - dt.timedelta(days=300 - 24 * index)
        created = moment(rng, created, created + dt.timedelta(hours=10))
        published = {
            "published": created + dt.timedelta(days=1),
            "archived": created + dt.timedelta(hours=5),
            "scheduled": NOW + dt.timedelta(days=20, microseconds=1),
        }.get(status)
        rows.append(
            (
                ids[index],
                slug(title),
                title,
                excerpt,
                body,
                status,
                keywords,
                None if status == "draft" else 3 + len(body) // 60,
                2**53 + 1 if index == 0 else rng.randrange(90_000) * (published is not None),
                writers[_STAFF[index % len(_STAFF)]],
                published,
                created,
                moment(rng, created),
            )
        )
    columns = (
        "id|slug|title|excerpt|body|status|keywords|reading_minutes|view_count|author_id"
        "|published_at|created_at|updated_at"
    )
    return table("posts", columns, rows)


def _comments() -> DemoTable:
    rng = seeded("comments")
    posts, users = post_ids(), user_ids()
    said = NOW - dt.timedelta(days=200)
    rows: list[Row] = []
    for number, (post, who, answered, text, approved) in enumerate(_COMMENTS, start=1):
        said = moment(rng, said, said + dt.timedelta(days=11))
        user = users[who] if isinstance(who, int) else None
        guest = who if isinstance(who, str) else None
        rows.append((number, posts[post - 1], user, answered, guest, text, approved, said))
    columns = "id|post_id|userId|parent_id|guest_name|body|is_approved|created_at"
    return table("comments", columns, rows)
