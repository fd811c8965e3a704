"""Budget lines."""

from django.urls import path

from projects.money import views

urlpatterns = [
    path("projects/<int:project>/budget/", views.BudgetPage.as_view(), name="budget"),
    path("projects/<int:project>/budget/figures/", views.BudgetFigures.as_view(), name="budget-figures"),
    path("projects/<int:project>/budget/<int:year>-<int:month>/", views.BudgetMonth.as_view(), name="budget-month"),
    path("projects/<int:project>/budget/lines/new/", views.BudgetLineCreate.as_view(), name="budget-line-create"),
    path("budget-lines/<int:pk>/edit/", views.BudgetLineEdit.as_view(), name="budget-line-edit"),
    path("budget-lines/<int:pk>/delete/", views.BudgetLineDelete.as_view(), name="budget-line-delete"),
]
