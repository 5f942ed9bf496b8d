"""Personal data in articles, and what is the shop's own."""

from ragkit.lint.findings import LintSeverity
from ragkit.lint.privacy import personal_data
from tests.unit.lint.shelves import a_faq, a_shelf

MOBILE = "13800138000"


def test_a_mobile_number_is_told_once_and_masked() -> None:
    found = list(personal_data(a_shelf(a_faq("faq-a", "找谁", f"打{MOBILE}，就打{MOBILE}。"))))
    assert [each.severity for each in found] == [LintSeverity.ERROR]
    assert MOBILE not in found[0].model_dump_json()
    assert found[0].where == "faqs/zh/delivery.yaml:2"


def test_what_many_articles_name_is_the_shops_own() -> None:
    def faqs(count: int) -> list[str]:
        spelled = (MOBILE, "138 0013 8000", "138-0013-8000")
        shelf = a_shelf(*(a_faq(f"faq-{n}", "找谁", f"打{spelled[n]}。") for n in range(count)))
        return [each.message for each in personal_data(shelf)]

    assert len(faqs(2)) == 2
    assert faqs(3) == []


def test_an_identity_number_is_nobodys_own() -> None:
    texts = [a_faq(f"faq-{n}", "证件", "11010519491231002X。") for n in range(4)]
    assert len(list(personal_data(a_shelf(*texts)))) == 4


def test_a_mailbox_is_a_warning() -> None:
    found = list(personal_data(a_shelf(a_faq("faq-a", "邮箱", "发到zhangsan@qq.com。"))))
    assert [each.severity for each in found] == [LintSeverity.WARNING]


def test_retired_articles_are_not_read() -> None:
    assert not list(personal_data(a_shelf(a_faq("faq-a", "找谁", f"打{MOBILE}", status="retired"))))
