"""Projects, tasks and attachments: three tables that depend on one another in a cycle."""

from __future__ import annotations

import datetime as dt

from snapkit.demo._people import user_ids
from snapkit.demo._table import NOW, DemoTable, Row, document, moment, seeded, table, uuid4

_PROJECTS = (
    # owner's index, name, description, budget [VND], deadline, attachment that is the cover
    (
        0,
        "Mùa Tết Bính Ngọ",
        "Từ 15/12 đến mùng 3.\nMục tiêu: 2.000 hộp quà 🧧",
        "120000000.00",
        "2026-02-10",
        0,
    ),
    (1, "Kiểm kê kho cuối năm", None, None, "2025-12-28", 4),
    (4, "Lò gốm thứ tư", 'Thuê hay xây? "Xây" thì ai trông mèo?', "350000000.50", None, 7),
    (6, "Chuyển hóa đơn sang hệ mới", "", "0.00", "2025-11-30", None),
)

_TASKS = (
    # project, parent, assignee's index, title, details, status, priority, estimate [h]
    (
        1,
        None,
        2,
        "Chụp ảnh hộp quà",
        "Nền đỏ, nền kem.\n\t- 3 góc\n\t- có người cầm",
        "in progress",
        "HIGH",
        6.5,
    ),
    (1, 1, 3, "Mượn đèn của thầy Bảo", None, "done", "LOW", 0.25),
    (1, 5, None, "In thiệp chúc Tết", 'Câu chữ: "Vạn sự như ý"', "to do", "NORMAL", None),
    (1, None, 1, "Đặt 2.000 hộp carton", None, "review", "URGENT", 1.0),
    (1, None, 2, "Nội dung & in ấn", "", "in progress", "NORMAL", 12.0),
    (1, None, 8, "Video mở hộp 📦", "TikTok: 30 giây; Reels: 45 giây", "to do", "NORMAL", 8.0),
    (2, None, 1, "Đếm kho Hà Nội", "Đối chiếu với tồn kho trên máy", "to do", "HIGH", 16.0),
    (2, None, None, "Đếm kho Đà Nẵng", None, "to do", "HIGH", 9.75),
    (2, None, 1, "Đếm kho Sài Gòn", None, "to do", "HIGH", 1e-7),
    (2, 7, 5, "Dán lại mã vạch bị mờ", "893…; máy quét đọc \\0 thành 0", "in progress", "LOW", 2.5),
    (2, 7, 1, "Hủy hàng hết hạn", "Biên bản 3 bên", "to do", "NORMAL", 0.1 + 0.2),
    (3, None, 4, "Khảo sát mặt bằng", "Xã Thủy Thanh, Huế", "done", "NORMAL", 5.0),
    (3, None, 0, "So sánh lò gas và lò điện", "Xem file đính kèm", "review", "NORMAL", 4.0),
    (3, 13, 4, "Hỏi giá 3 nơi", None, "done", "LOW", 1.5),
    (3, None, 6, "Dự toán", "Chưa gồm VAT", "in progress", "HIGH", 3.0),
    (4, None, 6, "Đối chiếu 2023", "1.400 hóa đơn", "done", "URGENT", 40.0),
    (4, None, 6, "Đối chiếu 2024", None, "done", "URGENT", 38.0),
    (4, None, 6, "Đối chiếu 2025", "Còn thiếu tháng 10", "in progress", "URGENT", 36.0),
    (4, 18, 5, "Gọi lại 3 nhà cung cấp", "", "to do", "HIGH", None),
    (
        4,
        None,
        0,
        "Thử phục hồi từ bản sao lưu",
        "Đủ 54.923 dòng, không thiếu dòng nào",
        "to do",
        "URGENT",
        2.0,
    ),
)

_FILES = (
    # task, uploader's index, name, type, size [bytes], preview
    (1, 2, "hộp quà (mẫu 1).webp", "image/webp", 284_113, b"RIFF\x00\x00\x01\x00WEBPVP8L"),
    (
        1,
        2,
        "hộp quà (mẫu 1) - bản sao.webp",
        "image/webp",
        284_113,
        b"RIFF\x00\x00\x01\x00WEBPVP8L",
    ),
    (
        3,
        None,
        'thiệp "Vạn sự như ý".pdf',
        "application/pdf",
        1_048_576,
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\r\n",
    ),
    (6, 8, "mở hộp 📦.mp4", "video/mp4", 5_368_709_120, None),
    (7, 1, "so\\do\\kho.png", "image/png", 90_210, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    (10, 5, "ma-vach.csv", "text/csv", 0, b""),
    (
        13,
        0,
        "so sánh.xlsx",
        "application/vnd.ms-excel",
        18_827,
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00",
    ),
    (12, 4, "mặt bằng\n(vẽ tay).jpg", "image/jpeg", 734_003, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
    (18, 6, "T10-2025.xml", "application/xml", 2**53 + 1, b"\\N\\x00\\.\n"),
)


def task_titles() -> tuple[str, ...]:
    """Give the tasks' titles in order of their ids, which begin with 1."""
    return tuple(task[3] for task in _TASKS)


def tables() -> tuple[DemoTable, ...]:
    """Make the three tables of the cycle."""
    files = _attachments()
    return (_projects(files), _tasks(), files)


def _projects(files: DemoTable) -> DemoTable:
    ids = user_ids()
    rows: list[Row] = []
    for number, (owner, name, about, budget, deadline, cover) in enumerate(_PROJECTS, start=1):
        day = None if deadline is None else dt.date.fromisoformat(deadline)
        file = None if cover is None else files.rows[cover][0]
        rows.append((number, ids[owner], name, about, budget, day, file))
    columns = "id|owner_id|name|description|budget|deadline|cover_attachment_id"
    return table("projects", columns, rows)


def _tasks() -> DemoTable:
    rng = seeded("tasks")
    ids = user_ids()
    rows: list[Row] = []
    for number, (project, parent, assignee, *facts) in enumerate(_TASKS, start=1):
        who = None if assignee is None else ids[assignee]
        due = moment(rng, NOW, NOW + dt.timedelta(days=80)) if number % 3 else None
        steps = tuple(
            document({"bước": step, "xong": step < number % 4, "ghi chú": 'xem "đề cương"'})
            for step in range(number % 3)
        )
        rows.append((number, project, parent, who, *facts, due, steps))
    columns = (
        "id|project_id|parent_id|assignee_id|title|details|status|priority|estimate|due_at"
        "|checklist"
    )
    return table("tasks", columns, rows)


def _attachments() -> DemoTable:
    rng = seeded("attachments")
    ids = user_ids()
    rows: list[Row] = []
    for task, uploader, name, kind, size, preview in _FILES:
        who = None if uploader is None else ids[uploader]
        added = moment(rng, NOW - dt.timedelta(days=21))
        rows.append((uuid4(rng), task, who, name, kind, size, preview, added))
    columns = "id|task_id|uploaded_by_id|file name|mime_type|size_bytes|preview|created_at"
    return table("task_attachments", columns, rows)
